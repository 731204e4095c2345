// Escaping and layout of Python source.
#include "supernet/export/python_text.h"

#include <cstdint>

#include "core/str.h"

namespace tailor {
namespace {

constexpr size_t kColumns = 100;
constexpr uint32_t kReplacement = 0xFFFD;

/// Reads one character of UTF-8 at `at` and moves past it.
uint32_t next_character(std::string_view text, size_t& at) {
  const auto byte = [&](size_t i) { return static_cast<uint32_t>(static_cast<uint8_t>(text[i])); };
  const uint32_t first = byte(at++);
  if (first < 0x80) return first;
  const size_t more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : first >= 0xC0 ? 1 : 0;
  if (more == 0 || first > 0xF4 || at + more > text.size()) return kReplacement;
  uint32_t code = first & (0x3Fu >> more);
  for (size_t i = 0; i < more; ++i) {
    if ((byte(at + i) & 0xC0) != 0x80) return kReplacement;
    code = code << 6 | (byte(at + i) & 0x3F);
  }
  constexpr uint32_t kSmallest[] = {0, 0x80, 0x800, 0x10000};  // of each length
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  if (code < kSmallest[more] || code > 0x10FFFF || surrogate) return kReplacement;
  at += more;
  return code;
}

std::string escaped(char letter, uint32_t code, size_t digits) {
  const std::string all = hex(code);
  return str('\\', letter, all.substr(all.size() - digits));
}

}  // namespace

std::string python_escape(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const uint32_t code = next_character(text, at);
    if (code == '"' || code == '\\') {
      out += '\\';
      out += static_cast<char>(code);
    } else if (code >= 0x20 && code < 0x7F) {
      out += static_cast<char>(code);
    } else if (code < 0x100) {
      out += escaped('x', code, 2);
    } else if (code < 0x10000) {
      out += escaped('u', code, 4);
    } else {
      out += escaped('U', code, 8);
    }
  }
  return out;
}

std::string python_string(std::string_view text) { return "\"" + python_escape(text) + "\""; }

std::string python_tuple(const Shape& shape) {
  return str("(", join(shape, ", "), shape.size() == 1 ? ",)" : ")");
}

std::string python_list(const std::string& name, const std::vector<std::string>& items) {
  std::string one_line = str(name, " = [", join(items, ", "), "]\n");
  if (one_line.size() <= kColumns + 1) return one_line;
  std::string out = name + " = [\n", line = "   ";
  for (const std::string& item : items) {
    if (line.size() > 3 && line.size() + item.size() + 2 > kColumns) {
      out += line + "\n";
      line = "   ";
    }
    line += " " + item + ",";
  }
  return out + line + "\n]\n";
}

}  // namespace tailor
