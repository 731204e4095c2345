// Pieces of Python source: literals whose content cannot end them, wrapped lists.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "supernet/space/weight_ref.h"

namespace tailor {

/// The text with quotes, backslashes, control and all non-ASCII characters escaped: safe inside any
/// Python string, docstring or comment. Bytes that are not UTF-8 become U+FFFD.
std::string python_escape(std::string_view text);
/// The text as a Python string.
std::string python_string(std::string_view text);
/// "(1, 3, 224, 224)"; "(5,)".
std::string python_tuple(const Shape& shape);
/// `name = [a, b, ...]`, broken into lines of at most 100 columns.
std::string python_list(const std::string& name, const std::vector<std::string>& items);

}  // namespace tailor
