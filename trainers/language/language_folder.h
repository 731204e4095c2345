// A language model as Hugging Face keeps it: a folder with config.json and weights.
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

/// The parameters of a space's network from a folder that holds just that network. Throws IoError.
supernet::ParameterStore load_folder_weights(const std::string& folder, const SearchSpace& space,
                                             const Arch& arch);

}  // namespace tailor::train
