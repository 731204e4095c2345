// Reading foreign JSON.
#include "supernet/formats/json_object.h"

#include <cmath>

#include "core/json_check.h"

namespace tailor {

using nlohmann::json;

json parse_strict_json(const std::string& text, const std::string& name, int depth) {
  const std::string problem = json_problem(text, "the file", depth);
  if (!problem.empty()) throw ConfigError(str(name, ": ", problem));
  return json::parse(text);
}

std::string json_excerpt(const json& value) {
  constexpr size_t kShown = 60;
  if (value.is_object()) return "an object";
  std::string text = value.dump(-1, ' ', true, json::error_handler_t::replace);
  if (text.size() > kShown) text = text.substr(0, kShown) + "...";
  return text;
}

JsonObject::JsonObject(const json& value, std::string file, std::string path)
    : json_(&value), file_(std::move(file)), path_(std::move(path)) {
  if (value.is_object()) return;
  throw ConfigError(str(file_, ": ", path_.empty() ? "" : path_ + ": ", "must be an object, got ",
                        json_excerpt(value)));
}

std::string JsonObject::path_of(const std::string& key) const {
  return path_.empty() || key.empty() ? path_ + key : str(path_, ".", key);
}

const json* JsonObject::find(const std::string& key) const {
  const auto found = json_->find(key);
  return found == json_->end() || found->is_null() ? nullptr : &*found;
}

const json& JsonObject::required(const std::string& key) const {
  if (const json* found = find(key)) return *found;
  fail(key, "is needed and not there");
}

int64_t JsonObject::integer(const std::string& key, const JsonRange& range,
                            std::optional<int64_t> otherwise) const {
  if (otherwise && !has(key)) return *otherwise;
  const json& value = required(key);
  const double read = value.is_number() ? value.get<double>() : NAN;
  if (!(read >= range.min && read <= range.max) || read != std::floor(read)) {
    fail(key, "must be an integer in [", tailor::number(range.min), ", ", tailor::number(range.max),
         "], got ", json_excerpt(value));
  }
  return static_cast<int64_t>(read);
}

double JsonObject::number(const std::string& key, const JsonRange& range,
                          std::optional<double> otherwise) const {
  if (otherwise && !has(key)) return *otherwise;
  const json& value = required(key);
  double read = NAN;
  if (value.is_number()) read = value.get<double>();
  if (value.is_string() && !parse_number(value.get<std::string>(), read)) read = NAN;
  if (!(read >= range.min && read <= range.max)) {
    fail(key, "must be a number in [", tailor::number(range.min), ", ", tailor::number(range.max),
         "], got ", json_excerpt(value));
  }
  return read;
}

bool JsonObject::boolean(const std::string& key, bool otherwise) const {
  const json* value = find(key);
  if (!value) return otherwise;
  if (!value->is_boolean()) fail(key, "must be true or false, got ", json_excerpt(*value));
  return value->get<bool>();
}

std::string JsonObject::text(const std::string& key, std::optional<std::string> otherwise) const {
  if (otherwise && !has(key)) return *otherwise;
  const json& value = required(key);
  if (!value.is_string()) fail(key, "must be text, got ", json_excerpt(value));
  return value.get<std::string>();
}

std::vector<std::string> JsonObject::texts(const std::string& key) const {
  const json& value = required(key);
  std::vector<std::string> out;
  if (!value.is_array()) fail(key, "must be a list of texts, got ", json_excerpt(value));
  for (const json& each : value) {
    if (!each.is_string()) fail(key, "must be a list of texts, holds ", json_excerpt(each));
    out.push_back(each.get<std::string>());
  }
  return out;
}

JsonObject JsonObject::child(const std::string& key) const {
  return {required(key), file_, path_of(key)};
}

std::vector<JsonObject> JsonObject::children(const std::string& key) const {
  const json& value = required(key);
  if (!value.is_array()) fail(key, "must be a list, got ", json_excerpt(value));
  std::vector<JsonObject> out;
  for (const json& each : value) {
    out.emplace_back(each, file_, str(path_of(key), "[", out.size(), "]"));
  }
  return out;
}

}  // namespace tailor
