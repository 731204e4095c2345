// Small string helpers: concatenation, joining, splitting, number formatting, nearest name.
#pragma once

#include <charconv>
#include <cstdint>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace tailor {

/// Appends what would stream.
template <class T>
void append(std::string& out, const T& part) {
  if constexpr (std::is_convertible_v<const T&, std::string_view>) {
    out += std::string_view(part);
  } else if constexpr (std::is_same_v<T, char>) {
    out += part;
  } else if constexpr (std::is_integral_v<T> && sizeof(T) > 1) {
    char digits[24];
    out.append(digits, std::to_chars(digits, digits + sizeof(digits), part).ptr);
  } else {
    std::ostringstream stream;  // slow: it asks for its locale's facets
    stream << part;
    out += stream.str();
  }
}

/// Concatenates anything that streams: str("got ", 3) == "got 3".
template <class... Parts>
std::string str(const Parts&... parts) {
  std::string out;
  (append(out, parts), ...);
  return out;
}

/// Joins the items with a separator; items must stream.
template <class Range>
std::string join(const Range& items, std::string_view separator) {
  std::string out;
  bool first = true;
  for (const auto& item : items) {
    if (!first) out += separator;
    append(out, item);
    first = false;
  }
  return out;
}

/// Splits at every `separator`; an empty text gives one empty piece.
std::vector<std::string> split(std::string_view text, char separator);

/// Removes white space at both ends.
std::string_view trim(std::string_view text);

/// The shortest text that reads back as the same double ("0.1", "3", "1e-05").
std::string number(double value);

/// Reads a whole text as a number; returns false when anything is left over, and for inf and nan.
bool parse_number(std::string_view text, double& value);
bool parse_number(std::string_view text, int64_t& value);

/// The candidate nearest to `name` by edit distance, or "" when none is near enough to suggest.
std::string nearest(std::string_view name, std::span<const std::string> candidates);

/// FNV-1a, 64 bit; for keys and hashes that must be the same everywhere. `seed` chains calls.
uint64_t fnv1a(std::string_view bytes, uint64_t seed = 0xcbf29ce484222325ULL);

/// 16 hex digits.
std::string hex(uint64_t value);

}  // namespace tailor
