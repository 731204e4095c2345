// Objects of a JSON file that is not ours, read strictly: doubled keys, wrong types and values out
// of range are errors that name the file and the key.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/error.h"

namespace tailor {

/// name: the file. Throws ConfigError for text that is not JSON, nested deeper than `depth` or with
/// a key given twice.
nlohmann::json parse_strict_json(const std::string& text, const std::string& name, int depth);

/// Range of a number.
struct JsonRange {
  double min = 0, max = 0;
};

/// An object (or any value) and where it stands. A key that is absent or null counts as not given.
/// Readers throw ConfigError "FILE: a.b: must be ..., got ...".
class JsonObject {
 public:
  /// Throws ConfigError when `json` is no object. json must outlive this.
  JsonObject(const nlohmann::json& json, std::string file, std::string path = "");

  const std::string& file() const { return file_; }
  /// Null when it is not given.
  const nlohmann::json* find(const std::string& key) const;
  bool has(const std::string& key) const { return find(key) != nullptr; }

  int64_t integer(const std::string& key, const JsonRange& range,
                  std::optional<int64_t> otherwise = {}) const;
  /// A number, also one written as text ("1e-5").
  double number(const std::string& key, const JsonRange& range,
                std::optional<double> otherwise = {}) const;
  bool boolean(const std::string& key, bool otherwise) const;
  std::string text(const std::string& key, std::optional<std::string> otherwise = {}) const;
  std::vector<std::string> texts(const std::string& key) const;
  /// An object that has to be there.
  JsonObject child(const std::string& key) const;
  /// A list of objects that has to be there.
  std::vector<JsonObject> children(const std::string& key) const;

  template <class... Parts>
  [[noreturn]] void fail(const std::string& key, const Parts&... parts) const {
    throw ConfigError(str(file_, ": ", path_of(key), ": ", parts...));
  }

 private:
  std::string path_of(const std::string& key) const;
  /// Throws for a key that is not given.
  const nlohmann::json& required(const std::string& key) const;

  const nlohmann::json* json_;
  std::string file_, path_;
};

/// What a message shows of a value: short text of it.
std::string json_excerpt(const nlohmann::json& json);

}  // namespace tailor
