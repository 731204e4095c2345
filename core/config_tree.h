// Internal to core: the document behind ConfigNode, with the place every value came from.
// Parsing is strict and bounded; yaml-cpp is used for its events only, because its nodes accept
// doubled keys and swallow bad values.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/config_node.h"

namespace tailor {

/// Where a value was written: a line and column of the file, or a --set path, or nowhere (line 0).
struct Place {
  int line = 0;
  int column = 0;
  std::string set_path = "";
  std::string file = "";  ///< an included one; "": the config itself

  bool known() const { return line > 0 || !set_path.empty(); }
};

struct Tree {
  enum class Kind { null, scalar, list, map };
  struct Entry {
    std::string key;  ///< empty in a list
    Place key_place;
    std::shared_ptr<Tree> value;
    bool given = true;  ///< false: added by a read, to hold a default
  };

  Kind kind = Kind::null;
  std::string text;     ///< of a scalar
  bool quoted = false;  ///< a scalar that is text even if it looks like a number
  Place place;
  std::vector<Entry> entries;

  /// The entry of a map's key, or nullptr.
  Entry* find(const std::string& key);
  /// Adds to a map (which must not have the key) or a list; returns the entry.
  Entry& add(const std::string& key, const Place& key_place, std::shared_ptr<Tree> value,
             bool given = true);

  /// Takes an entry out of a map.
  void remove(const std::string& key);

  std::set<std::string> declared;  ///< keys that a read asked for, there or not

 private:
  std::map<std::string, size_t> index_;
};

/// Parses one YAML document. A `set_path` stands for file, line and column in messages and places.
/// `depth`: how deep the document hangs in another one. Throws ConfigError.
std::shared_ptr<Tree> parse_tree(const std::string& text, const std::string& name,
                                 const std::string& set_path = "", size_t depth = 0);

/// The document of a file, with what it includes. Throws IoError, ConfigError.
std::shared_ptr<Tree> load_config_tree(const std::string& path);

/// Block style YAML, one line an entry where it can be. `sorted`: keys in alphabetic order.
std::string tree_text(const Tree& tree, bool sorted);
/// One line of flow style YAML.
std::string inline_text(const Tree& tree, bool sorted = false);
/// "name:line:column: " or "--set a.b: ".
std::string place_text(const Place& place, const std::string& name);
/// What a message says was found: "1", "'abc'", "nothing", "a list", "a section".
std::string found_text(const Tree& tree);

/// What all nodes of one config share.
struct ConfigDocument {
  std::string name;
  std::unique_ptr<std::vector<FieldDoc>> recorded;  ///< set in a recording run
};

/// Ends a recording run from inside the recorded function; caught by record_fields alone.
struct RecordingDone {};

struct ConfigNode::Impl {
  std::shared_ptr<ConfigDocument> document;
  std::shared_ptr<Tree> tree;
  std::string path;
  Place place;  ///< the tree's own, or the nearest enclosing one that is known

  std::string path_of(const std::string& key) const;
  Place place_of(const std::string& key) const;
  [[noreturn]] void fail(const Place& at, const std::string& at_path,
                         const std::string& text) const;
  ConfigNode make_child(std::shared_ptr<Tree> child_tree, std::string child_path) const;
  void record(const FieldDoc& field) const;

  template <class T>
  void read(const std::string& key, T& field, const Rule& rule) const;
  template <class T>
  void take(Tree& from, const Place& at, const std::string& at_path, T& value,
            const Rule& rule) const;
};

}  // namespace tailor
