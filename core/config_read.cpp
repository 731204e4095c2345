// Reading fields: type, range, default, and the value in force written back.
#include <cmath>
#include <limits>
#include <type_traits>

#include "core/config_tree.h"
#include "core/error.h"

namespace tailor {

namespace {

template <class T>
constexpr bool is_list = false;
template <class T>
constexpr bool is_list<std::vector<T>> = true;
using NumberMap = std::map<std::string, double>;

const char* type_name(bool) { return "yes/no"; }
const char* type_name(int64_t) { return "integer"; }
const char* type_name(double) { return "number"; }
const char* type_name(const std::string&) { return "text"; }
const char* type_name(const std::vector<int64_t>&) { return "list of integers"; }
const char* type_name(const std::vector<double>&) { return "list of numbers"; }
const char* type_name(const std::vector<std::string>&) { return "list of texts"; }
const char* type_name(const NumberMap&) { return "names with numbers"; }

std::string expected_text(bool) { return "yes or no"; }
std::string expected_text(int64_t) { return "an integer"; }
std::string expected_text(double) { return "a number"; }
std::string expected_text(const std::string&) { return "a text"; }
std::string expected_text(const NumberMap&) { return "lines of 'name: number'"; }
template <class T>
std::string expected_text(const std::vector<T>& list) {
  return str("a ", type_name(list));
}

bool convert(const Tree& tree, bool& value) {
  if (tree.quoted) return false;
  value = tree.text == "true" || tree.text == "yes";
  return value || tree.text == "false" || tree.text == "no";
}
bool convert(const Tree& tree, int64_t& value) {
  return !tree.quoted && parse_number(tree.text, value);
}
bool convert(const Tree& tree, double& value) {
  return !tree.quoted && parse_number(tree.text, value);
}
bool convert(const Tree& tree, std::string& value) {
  value = tree.text;
  return true;
}

std::string range_text(const Rule& rule) {
  if (!rule.choices.empty()) return "one of " + join(rule.choices, ", ");
  const bool from = std::isfinite(rule.min);
  const bool to = std::isfinite(rule.max);
  if (from && to) return str("in [", number(rule.min), ", ", number(rule.max), "]");
  if (from) return ">= " + number(rule.min);
  return to ? "<= " + number(rule.max) : "";
}

bool allowed(bool, const Rule&) { return true; }
bool allowed(double value, const Rule& rule) {
  return std::isfinite(value) && value >= rule.min && value <= rule.max;
}
bool allowed(int64_t value, const Rule& rule) { return allowed(static_cast<double>(value), rule); }
bool allowed(const std::string& value, const Rule& rule) {
  if (rule.choices.empty()) return true;
  for (const std::string& choice : rule.choices) {
    if (choice == value) return true;
  }
  return false;
}
template <class T>
bool allowed(const std::vector<T>& values, const Rule& rule) {
  for (const T& value : values) {
    if (!allowed(value, rule)) return false;
  }
  return true;
}
bool allowed(const NumberMap& values, const Rule& rule) {
  for (const auto& [name, value] : values) {
    if (!allowed(value, rule)) return false;
  }
  return true;
}

std::string text_of(bool value) { return value ? "true" : "false"; }
std::string text_of(int64_t value) { return str(value); }
std::string text_of(double value) { return number(value); }
std::string text_of(const std::string& value) { return value; }

template <class T>
Tree to_tree(const T& value) {
  Tree tree;
  if constexpr (is_list<T>) {
    tree.kind = Tree::Kind::list;
    for (const auto& item : value) tree.add("", {}, std::make_shared<Tree>(to_tree(item)));
  } else if constexpr (std::is_same_v<T, NumberMap>) {
    tree.kind = Tree::Kind::map;
    for (const auto& [name, item] : value) {
      tree.add(name, {}, std::make_shared<Tree>(to_tree(item)));
    }
  } else {
    tree.kind = Tree::Kind::scalar;
    tree.text = text_of(value);
    tree.quoted = std::is_same_v<T, std::string>;
  }
  return tree;
}

template <class T>
constexpr Tree::Kind kind_of() {
  if (is_list<T>) return Tree::Kind::list;
  return std::is_same_v<T, NumberMap> ? Tree::Kind::map : Tree::Kind::scalar;
}

}  // namespace

/// Moves one value out of the document, and its normal form back into it.
template <class T>
void ConfigNode::Impl::take(Tree& from, const Place& at, const std::string& at_path, T& value,
                            const Rule& rule) const {
  if (from.kind != kind_of<T>()) {
    fail(at, at_path, str("must be ", expected_text(T{}), ", got ", found_text(from)));
  }
  if constexpr (is_list<T>) {
    value.clear();
    for (const Tree::Entry& entry : from.entries) {
      typename T::value_type item{};
      take(*entry.value, entry.value->place, str(at_path, ".", value.size()), item, rule);
      value.push_back(item);
    }
  } else if constexpr (std::is_same_v<T, NumberMap>) {
    value.clear();
    for (const Tree::Entry& entry : from.entries) {
      take(*entry.value, entry.key_place, at_path + "." + entry.key, value[entry.key], rule);
    }
  } else {
    T read_value{};
    if (!convert(from, read_value)) {
      fail(at, at_path, str("must be ", expected_text(T{}), ", got ", found_text(from)));
    }
    if (!allowed(read_value, rule)) {
      fail(at, at_path, str("must be ", range_text(rule), ", got ", found_text(from)));
    }
    value = read_value;
    from.text = text_of(value);
    from.quoted = std::is_same_v<T, std::string>;
  }
}

template <class T>
void ConfigNode::Impl::read(const std::string& key, T& field, const Rule& rule) const {
  tree->declared.insert(key);
  // A default outside its own range stands for "not set"; it stays out of the document, which
  // would not read back otherwise.
  const bool writable = allowed(field, rule);
  if (document->recorded) {
    const std::string shown = writable ? inline_text(to_tree(field)) : "(not set)";
    record(
        {path_of(key), type_name(field), rule.required ? "" : shown, range_text(rule), rule.doc});
    return;
  }
  if (Tree::Entry* entry = tree->find(key)) {
    take(*entry->value, place_of(key), path_of(key), field, rule);
    return;
  }
  if (rule.required) {
    fail(place_of(""), path_of(key),
         str("is missing; it must be ", expected_text(field), range_text(rule).empty() ? "" : ", ",
             range_text(rule)));
  }
  if (writable) tree->add(key, {}, std::make_shared<Tree>(to_tree(field)), false);
}

void ConfigNode::read(const std::string& key, bool& field, const Rule& rule) const {
  impl_->read(key, field, rule);
}

void ConfigNode::read(const std::string& key, int64_t& field, const Rule& rule) const {
  impl_->read(key, field, rule);
}

void ConfigNode::read(const std::string& key, int& field, const Rule& rule) const {
  int64_t wide = field;
  impl_->read(key, wide, rule);
  using Limits = std::numeric_limits<int>;
  if (wide < Limits::min() || wide > Limits::max()) {
    fail(key, str("must be in [", Limits::min(), ", ", Limits::max(), "], got ", wide));
  }
  field = static_cast<int>(wide);
}

void ConfigNode::read(const std::string& key, double& field, const Rule& rule) const {
  impl_->read(key, field, rule);
}

void ConfigNode::read(const std::string& key, std::string& field, const Rule& rule) const {
  impl_->read(key, field, rule);
}

void ConfigNode::read(const std::string& key, std::vector<int64_t>& field, const Rule& rule) const {
  impl_->read(key, field, rule);
}

void ConfigNode::read(const std::string& key, std::vector<double>& field, const Rule& rule) const {
  impl_->read(key, field, rule);
}

void ConfigNode::read(const std::string& key, std::vector<std::string>& field,
                      const Rule& rule) const {
  impl_->read(key, field, rule);
}

void ConfigNode::read(const std::string& key, std::map<std::string, double>& field,
                      const Rule& rule) const {
  impl_->read(key, field, rule);
}

}  // namespace tailor
