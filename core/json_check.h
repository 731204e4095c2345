// What JSON parsers accept silently and we do not.
#pragma once

#include <string>
#include <string_view>

namespace tailor {

/// Empty for JSON without doubled keys whose objects and lists are nested at most `depth` deep;
/// else what is wrong. `what` stands for the text: "'a' is in the header twice". (A callback of
/// nlohmann's parser could find doubled keys, but takes quadratic time.)
std::string json_problem(std::string_view text, const std::string& what, int depth);

}  // namespace tailor
