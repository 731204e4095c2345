// Finding tensors in one or several safetensors files.
#include "supernet/formats/weights_folder.h"

#include <set>

#include "core/error.h"
#include "core/file.h"
#include "supernet/formats/json_object.h"

namespace tailor {
namespace {

constexpr int64_t kMaxIndexBytes = 64 << 20;
constexpr int kMaxDepth = 4;

/// A name in the folder itself: an index must not lead elsewhere.
bool is_plain_name(const std::string& name) {
  return !name.empty() && name.find('/') == std::string::npos && name != "." && name != "..";
}

}  // namespace

WeightsFolder::WeightsFolder(const std::string& folder) : folder_(folder) {
  const std::string whole = str(folder, "/", kWholeWeights),
                    index = str(folder, "/", kWeightsIndex);
  if (file_exists(whole)) {
    listing_ = whole;
    open(whole);
  } else if (file_exists(index)) {
    listing_ = index;
    open_shards(index);
  } else {
    throw IoError(str(folder, ": has neither ", kWholeWeights, " nor ", kWeightsIndex));
  }
}

void WeightsFolder::open(const std::string& file) {
  files_.emplace_back(file);
  for (const auto& [name, place] : files_.back().header().tensors) {
    const auto [other, fresh] = places_.emplace(name, files_.size() - 1);
    if (!fresh) {
      throw IoError(
          str(file, ": tensor '", name, "' is in ", files_[other->second].path(), " as well"));
    }
  }
}

void WeightsFolder::open_shards(const std::string& index) {
  const nlohmann::json json = parse_strict_json(read_file(index, kMaxIndexBytes), index, kMaxDepth);
  const JsonObject map = JsonObject(json, index).child("weight_map");
  std::set<std::string> shards;
  for (const auto& [tensor, shard] : json.at("weight_map").items()) {
    const std::string name = map.text(tensor);
    if (!is_plain_name(name)) map.fail(tensor, "must be a file of the folder, got '", name, "'");
    if (!shards.insert(name).second) continue;
    const std::string path = str(folder_, "/", name);
    if (!file_exists(path)) {
      throw IoError(str(path, ": is missing; ", index, " has tensor '", tensor, "' in it"));
    }
    open(path);
  }
  for (const auto& [tensor, shard] : json.at("weight_map").items()) {
    const std::string path = str(folder_, "/", map.text(tensor));
    const auto found = places_.find(tensor);
    if (found == places_.end() || files_[found->second].path() != path) {
      throw IoError(str(path, ": has no tensor '", tensor, "', which ", index, " has in it"));
    }
  }
}

const TensorReader& WeightsFolder::reader(const std::string& tensor) const {
  const auto found = places_.find(tensor);
  if (found != places_.end()) return files_[found->second];
  std::vector<std::string> names;
  for (const auto& [name, file] : places_) names.push_back(name);
  const std::string near = nearest(tensor, names);
  throw IoError(str(listing_, ": has no tensor '", tensor, "', which config.json asks for",
                    near.empty() ? "" : str("; the nearest is '", near, "'")));
}

void WeightsFolder::check(std::span<const WantedTensor> wanted,
                          const std::function<bool(const std::string&)>& leave_out) const {
  std::set<std::string> names;
  for (const WantedTensor& each : wanted) {
    names.insert(each.name);
    const TensorReader& file = reader(each.name);
    const TensorPlace& place = file.header().tensors.at(each.name);
    if (place.shape != each.shape) {
      throw IoError(str(file.path(), ": tensor '", each.name, "' is ", dtype_name(place.dtype), " ",
                        shape_text(place.shape), ", config.json makes it ",
                        shape_text(each.shape)));
    }
  }
  for (const auto& [name, file] : places_) {
    if (names.contains(name) || leave_out(name)) continue;
    throw IoError(str(files_[file].path(), ": tensor '", name,
                      "' is no part of the model that config.json describes"));
  }
}

void WeightsFolder::read(const std::string& tensor, std::span<float> out) const {
  reader(tensor).read_floats(tensor, out);
}

}  // namespace tailor
