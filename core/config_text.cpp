// From a config tree back to YAML, and the words of messages about it.
#include <algorithm>
#include <cctype>

#include "core/config_tree.h"
#include "core/error.h"
#include "core/yaml_text.h"

namespace tailor {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// True when a YAML reader takes the plain text as text, in every context and every version.
bool plain_is_safe(const std::string& text) {
  if (text.empty() || text == "..." || text.back() == ' ') return false;
  const char first = text[0];
  const char second = text.size() > 1 ? text[1] : ' ';
  const bool sign = first == '-' || first == '+';
  if (sign ? !(is_digit(second) || second == '.')
           : !(is_letter(first) || is_digit(first) || first == '_' || first == '.' ||
               first == '/')) {
    return false;
  }
  return text.compare(0, 3, "...") != 0 && std::all_of(text.begin(), text.end(), [](char c) {
           return is_letter(c) || is_digit(c) ||
                  std::string_view("_./+-=() ").find(c) != std::string_view::npos;
         });
}

/// True for a text that, written plain, some reader would take for a number, a truth or nothing.
bool looks_like_a_value(const std::string& text) {
  if (is_digit(text[0]) || text[0] == '-' || text[0] == '+') return true;
  if (text[0] == '.' && text.size() > 1 && (is_digit(text[1]) || is_letter(text[1]))) return true;
  std::string low = text;
  for (char& c : low) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  static const std::vector<std::string> words = {"null", "true", "false", "yes", "no", "on", "off"};
  return std::find(words.begin(), words.end(), low) != words.end();
}

std::string scalar_text(const std::string& text, bool is_text) {
  const bool plain = plain_is_safe(text) && !(is_text && looks_like_a_value(text));
  return plain ? text : yaml_quoted(text);
}

/// A section that only absent child() calls made: nobody wrote it and it holds no value.
bool hidden(const Tree::Entry& entry) {
  return !entry.given && entry.value->kind == Tree::Kind::map &&
         std::all_of(entry.value->entries.begin(), entry.value->entries.end(), hidden);
}

std::vector<const Tree::Entry*> shown_entries(const Tree& tree, bool sorted) {
  std::vector<const Tree::Entry*> out;
  for (const Tree::Entry& entry : tree.entries) {
    if (!hidden(entry)) out.push_back(&entry);
  }
  if (sorted && tree.kind == Tree::Kind::map) {
    std::sort(out.begin(), out.end(), [](auto* a, auto* b) { return a->key < b->key; });
  }
  return out;
}

/// Lists of single values, lists of such lists, and all that is empty.
bool fits_one_line(const Tree& tree) {
  if (tree.kind == Tree::Kind::map) {
    return std::all_of(tree.entries.begin(), tree.entries.end(), hidden);
  }
  return std::all_of(tree.entries.begin(), tree.entries.end(),
                     [](const Tree::Entry& entry) { return fits_one_line(*entry.value); });
}

void append_block(const Tree& tree, size_t indent, bool sorted, std::string& out) {
  const std::string margin(indent, ' ');
  for (const Tree::Entry* entry : shown_entries(tree, sorted)) {
    const bool one_line = fits_one_line(*entry->value);
    if (tree.kind == Tree::Kind::map) {
      out += str(margin, scalar_text(entry->key, true), ":");
      if (!one_line) out += '\n';
    } else if (one_line) {
      out += str(margin, "-");
    }
    if (one_line) {
      out += str(" ", inline_text(*entry->value, sorted), "\n");
      continue;
    }
    const size_t begin = out.size();
    append_block(*entry->value, indent + 2, sorted, out);
    if (tree.kind == Tree::Kind::list) out[begin + indent] = '-';
  }
}

}  // namespace

std::string inline_text(const Tree& tree, bool sorted) {
  if (tree.kind == Tree::Kind::null) return "null";
  if (tree.kind == Tree::Kind::scalar) return scalar_text(tree.text, tree.quoted);
  const bool map = tree.kind == Tree::Kind::map;
  std::vector<std::string> parts;
  for (const Tree::Entry* entry : shown_entries(tree, sorted)) {
    const std::string value = inline_text(*entry->value, sorted);
    parts.push_back(map ? scalar_text(entry->key, true) + ": " + value : value);
  }
  return str(map ? "{" : "[", join(parts, ", "), map ? "}" : "]");
}

std::string tree_text(const Tree& tree, bool sorted) {
  if (fits_one_line(tree)) return inline_text(tree, sorted) + "\n";
  std::string out;
  append_block(tree, 0, sorted, out);
  return out;
}

std::string place_text(const Place& place, const std::string& name) {
  if (!place.set_path.empty()) return str("--set ", place.set_path, ": ");
  const std::string& file = place.file.empty() ? name : place.file;
  if (place.line > 0) return str(file, ":", place.line, ":", place.column, ": ");
  return name.empty() ? "" : name + ": ";
}

std::string found_text(const Tree& tree) {
  if (tree.kind == Tree::Kind::null) return "nothing";
  if (tree.kind == Tree::Kind::list) return "a list";
  if (tree.kind == Tree::Kind::map) return "a section";
  double ignored = 0;
  if (!tree.quoted && parse_number(tree.text, ignored)) return tree.text;
  if (tree.text.size() <= 60) return str("'", tree.text, "'");
  return str("'", tree.text.substr(0, 57), "...'");
}

}  // namespace tailor
