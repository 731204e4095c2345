// Strict YAML configuration: every field is declared once, with range and doc, by the same call
// that reads it; unknown keys, doubled keys, wrong types and values out of range are errors that
// name file, line and column.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tailor {

/// What a field may hold. `choices`: allowed texts of a string (or string-list) field.
struct Rule {
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();
  std::vector<std::string> choices = {};
  bool required = false;
  std::string doc = "";
};

/// One declared field, as `tailor explain` and the docs tables print it.
struct FieldDoc {
  std::string path;           ///< "optimizer.lr"; list items as "stages[].width"
  std::string type;           ///< "integer", "number", "text", "yes/no", "list of integers", ...
  std::string default_value;  ///< as YAML; empty when required
  std::string range;          ///< ">= 2", "in [0, 1]", "one of a, b"; may be empty
  std::string doc;
};

struct Tree;

/// A mapping of a YAML file (or of nothing: an absent section reads as all defaults).
/// Copies share the same document. After `read` the document holds the value in force, defaults
/// included, so that `text()` prints a config that runs again as it is.
class ConfigNode {
 public:
  /// Reads a file and the one that its `include` names, relative to it, whose values stand where
  /// the file has none (section by section; a section with another `name` or `family` replaces the
  /// included one). Throws IoError (cannot be read) or ConfigError (not YAML, doubled keys, merge
  /// keys, anchors/aliases, tags).
  static ConfigNode load(const std::string& path);
  /// Parses text; `name` stands for the file in messages.
  static ConfigNode parse(const std::string& text, const std::string& name);
  /// An empty mapping.
  static ConfigNode empty(const std::string& name);

  /// Applies `a.b.c=value` (value is YAML; "a.0.b" indexes lists). The location shown in later
  /// messages is `--set a.b.c`. Throws ConfigError when the text has no '=' or the path runs into
  /// a scalar.
  void set(const std::string& assignment);

  /// Reads one field into `field`, whose current value is the default.
  /// Throws ConfigError `file:line:col: path: must be ..., got ...`.
  void read(const std::string& key, bool& field, const Rule& rule) const;
  void read(const std::string& key, int64_t& field, const Rule& rule) const;
  void read(const std::string& key, int& field, const Rule& rule) const;
  void read(const std::string& key, double& field, const Rule& rule) const;
  void read(const std::string& key, std::string& field, const Rule& rule) const;
  void read(const std::string& key, std::vector<int64_t>& field, const Rule& rule) const;
  void read(const std::string& key, std::vector<double>& field, const Rule& rule) const;
  void read(const std::string& key, std::vector<std::string>& field, const Rule& rule) const;
  /// A mapping name -> number, e.g. limits per device profile.
  void read(const std::string& key, std::map<std::string, double>& field, const Rule& rule) const;

  /// A nested mapping; absent reads as an empty one. Marks the key as known.
  ConfigNode child(const std::string& key, const std::string& doc = "") const;
  /// A list of mappings; absent gives an empty list (a recording node gives one item).
  std::vector<ConfigNode> children(const std::string& key, const std::string& doc = "") const;

  bool has(const std::string& key) const;
  /// True when the key is there and holds a single value (not a list or mapping).
  bool is_scalar(const std::string& key) const;
  bool holds_list(const std::string& key) const;
  /// The text of a single value as it stands in the document; "" where there is none. Declares
  /// nothing.
  std::string scalar_text(const std::string& key) const;
  /// Keys in file order.
  std::vector<std::string> keys() const;
  /// True in a recording run (see record_fields).
  bool recording() const;

  /// Throws ConfigError for the first key that nothing has read, naming it and the nearest known.
  /// In a recording run the root's finish() ends the run: nothing after it is executed.
  void finish() const;

  /// "file:line:column: path: " of this node (or of `key` in it), the start of a message.
  std::string where(const std::string& key = "") const;
  /// Throws ConfigError with `where(key)` in front.
  [[noreturn]] void fail(const std::string& key, const std::string& text) const;
  /// Dotted path of this node from the root, "" for the root.
  std::string path() const;
  /// The document below this node as YAML, keys in file order.
  std::string text() const;
  /// The document below this node as YAML with sorted keys: what a stage hashes.
  std::string canonical_text() const;

 private:
  friend std::vector<FieldDoc> record_fields(const std::function<void(const ConfigNode&)>& run);
  struct Impl;
  explicit ConfigNode(std::shared_ptr<Impl> impl);
  static ConfigNode make_root(std::shared_ptr<Tree> tree, const std::string& name);
  std::shared_ptr<Impl> impl_;
};

/// Runs `run` on a recording node and returns the fields it declared, in order.
std::vector<FieldDoc> record_fields(const std::function<void(const ConfigNode&)>& run);

/// The fields as a Markdown table (path, type, default, range, doc).
std::string markdown_table(const std::vector<FieldDoc>& fields);

}  // namespace tailor
