// Named factories of one kind of part. A registry is a value: an explicit list per kind lives in
// that folder's builtin.cpp, and a user's program may add its own parts to a copy.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/config_node.h"
#include "core/error.h"

namespace tailor {

/// Text of the error for an unknown part name (known names, and the nearest one).
std::string unknown_name_text(std::string_view kind, std::string_view name,
                              const std::vector<std::string>& known);

/// Part: the interface the factories make. Args: what a factory takes after its config.
template <class Part, class... Args>
class Registry {
 public:
  using Factory = std::unique_ptr<Part>(const ConfigNode&, Args...);

  struct Entry {
    std::string doc;
    Factory* factory = nullptr;
    std::string absent_because;  ///< not empty: known, but not in this build
  };

  /// kind: what a person calls such a part, e.g. "search strategy"; key: the config field that
  /// names the part.
  explicit Registry(std::string kind, std::string key = "name")
      : kind_(std::move(kind)), key_(std::move(key)) {}

  /// Throws Error when the name is taken.
  void add(const std::string& name, const std::string& doc, Factory* factory) {
    insert(name, Entry{doc, factory, ""});
  }

  /// A part this build lacks; asking for it explains why.
  void add_absent(const std::string& name, const std::string& why) {
    insert(name, Entry{"not in this build: " + why, nullptr, why});
  }

  /// Makes the part; throws UnknownNameError with the known names and the nearest one.
  std::unique_ptr<Part> create(const std::string& name, const ConfigNode& config,
                               Args... args) const {
    const Entry& entry = find(name, config.where());
    if (!entry.factory) {
      throw ConfigError(
          str(config.where(), kind_, " '", name, "' is not available: ", entry.absent_because));
    }
    return entry.factory(config, std::forward<Args>(args)...);
  }

  /// Makes the part that the config names in its field `key`; null in a recording run.
  std::unique_ptr<Part> make(const ConfigNode& config, Args... args) const {
    std::string name;
    config.read(key_, name, {.required = true, .doc = "which " + kind_});
    if (config.recording()) return nullptr;
    return create(name, config, std::forward<Args>(args)...);
  }

  /// Fields of the part's options, found by running its factory on a recording config.
  std::vector<FieldDoc> describe(const std::string& name, Args... args) const {
    const Entry& entry = find(name, "");
    if (!entry.factory) return {};
    return record_fields([&](const ConfigNode& node) {
      std::string chosen = name;
      node.read(key_, chosen, {.doc = "which " + kind_});
      entry.factory(node, std::forward<Args>(args)...);
    });
  }

  /// Names of the parts this build can make, sorted.
  std::vector<std::string> names() const {
    std::vector<std::string> out;
    for (const auto& [name, entry] : entries_) {
      if (entry.factory) out.push_back(name);
    }
    return out;
  }

  const std::map<std::string, Entry>& entries() const { return entries_; }
  const std::string& kind() const { return kind_; }

 private:
  void insert(const std::string& name, Entry entry) {
    if (!entries_.emplace(name, std::move(entry)).second) {
      throw Error(str(kind_, " '", name, "' is registered twice"));
    }
  }

  const Entry& find(const std::string& name, const std::string& where) const {
    auto it = entries_.find(name);
    if (it == entries_.end()) {
      std::vector<std::string> known;
      for (const auto& [key, entry] : entries_) known.push_back(key);
      throw UnknownNameError(where + unknown_name_text(kind_, name, known));
    }
    return it->second;
  }

  std::string kind_, key_;
  std::map<std::string, Entry> entries_;
};

}  // namespace tailor
