// A text with one part changed.
#pragma once

#include <string>

#include "tests/support/catch.h"

namespace tailor::test {

/// The first `from`, which must be there, becomes `to`.
inline std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

}  // namespace tailor::test
