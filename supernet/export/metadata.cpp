// Title, figures and preprocessing to and from string metadata.
#include "supernet/export/metadata.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "core/error.h"

namespace tailor {
namespace {

using Json = nlohmann::ordered_json;
constexpr int kFormatVersion = 1;

/// Empty, or what is wrong with it.
std::string preprocessing_error(const ExportedNetwork& n) {
  if (n.image_size < 0 || n.channels < 0) return "image_size and channels must not be negative";
  for (const auto* values : {&n.mean, &n.std}) {
    const char* name = values == &n.mean ? "mean" : "std";
    if (!values->empty() && static_cast<int64_t>(values->size()) != n.channels) {
      return str(name, " has ", values->size(), " values for ", n.channels, " channels");
    }
    for (double value : *values) {
      if (!std::isfinite(value)) return str(name, " holds ", value);
    }
  }
  for (double value : n.std) {
    if (value <= 0) return str("std must be positive, got ", value);
  }
  if (n.mean.size() != n.std.size()) return "mean and std come together";
  return "";
}

const std::string& field(const std::map<std::string, std::string>& metadata,
                         const std::string& name, const std::string& file) {
  const auto found = metadata.find(name);
  if (found == metadata.end()) {
    throw IoError(str(file, ": has no '", name, "' in its metadata; is it a network of tailor?"));
  }
  return found->second;
}

void read_preprocessing(const Json& json, ExportedNetwork& network) {
  json.at("image_size").get_to(network.image_size);
  json.at("channels").get_to(network.channels);
  json.at("mean").get_to(network.mean);
  json.at("std").get_to(network.std);
  json.at("class_names").get_to(network.class_names);
}

}  // namespace

std::map<std::string, std::string> export_metadata(const ExportedNetwork& network) {
  const std::string wrong = preprocessing_error(network);
  if (!wrong.empty()) throw Error(str("export of '", network.title, "': ", wrong));
  const Json preprocessing = {{"image_size", network.image_size},
                              {"channels", network.channels},
                              {"mean", network.mean},
                              {"std", network.std},
                              {"class_names", network.class_names}};
  try {
    // Writing a text as JSON throws when it is not UTF-8.
    for (const std::string* text : {&network.title, &network.spec.name}) Json(*text).dump();
    return {{"format_version", str(kFormatVersion)},
            {"tailor.arch", network.spec.name},
            {"tailor.card", Json(network.card).dump()},
            {"tailor.preprocessing", preprocessing.dump()},
            {"tailor.title", network.title}};
  } catch (const Json::exception& error) {
    throw Error(str("export of '", network.title, "': texts must be UTF-8: ", error.what()));
  }
}

void read_metadata(const std::map<std::string, std::string>& metadata, const std::string& file,
                   ExportedNetwork& network) {
  const std::string& version = field(metadata, "format_version", file);
  if (version != str(kFormatVersion)) {
    throw IoError(str(file, ": format_version '", version, "' is not ", kFormatVersion,
                      "; write it again with this version of tailor"));
  }
  network.title = field(metadata, "tailor.title", file);
  const char* part = "tailor.preprocessing";
  try {
    read_preprocessing(Json::parse(field(metadata, part, file)), network);
    part = "tailor.card";
    Json::parse(field(metadata, part, file)).get_to(network.card);
  } catch (const Json::exception& error) {
    throw IoError(str(file, ": ", part, " cannot be read: ", error.what()));
  }
  const std::string wrong = preprocessing_error(network);
  if (!wrong.empty()) throw IoError(str(file, ": tailor.preprocessing: ", wrong));
}

}  // namespace tailor
