// Small pieces of YAML text for files that are written by hand, line by line.
#pragma once

#include <string>
#include <string_view>

namespace tailor {

/// "text" with quotes, backslashes and control characters escaped.
std::string yaml_quoted(std::string_view text);

/// Now as "2025-01-31T12:00:00Z".
std::string utc_now();

}  // namespace tailor
