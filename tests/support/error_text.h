// The text of the error that a piece of code throws, for comparing it as a whole.
#pragma once

#include <string>

namespace tailor::test {

/// The text of the Expected thrown by `run`; a note that no test expects when nothing is thrown.
/// Other exceptions pass through and fail the test.
template <class Expected, class Run>
std::string error_text(const Run& run) {
  try {
    run();
  } catch (const Expected& error) {
    return error.what();
  }
  return "(nothing was thrown)";
}

}  // namespace tailor::test
