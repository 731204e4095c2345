// A language model as Hugging Face keeps it: a folder with config.json and weights, in and out.
#pragma once

#include <memory>
#include <string>

#include "supernet/formats/lm_config.h"
#include "supernet/space/search_space.h"
#include "supernet/torch/parameter_store.h"

namespace tailor::train {

/// The folder's network, a space that lowers it, its weights.
struct FolderModel {
  LmConfig config;
  std::unique_ptr<SearchSpace> space;
  Arch arch;
  supernet::ParameterStore store;
};

/// Reads FOLDER/config.json and model.safetensors, or the files of model.safetensors.index.json;
/// F16 and BF16 become float32. Throws ConfigError or IoError naming file and key.
FolderModel load_language_folder(const std::string& folder);

/// Writes config.json and the weights of an arch, cut from its store, in float32: one file, or
/// several of at most `shard_bytes` with their index. transformers reads it where it knows the
/// model (see LmConfig::json). Throws IoError.
void save_language_folder(const std::string& folder, const LmConfig& config,
                          const SearchSpace& space, const Arch& arch,
                          const supernet::ParameterStore& store,
                          int64_t shard_bytes = int64_t{2} << 30);

}  // namespace tailor::train
