// A language model as a folder for other programs.
#pragma once

#include <string>

#include "supernet/formats/lm_config.h"
#include "supernet/space/search_space.h"
#include "supernet/torch/parameter_store.h"

namespace tailor::tools {

/// Writes config.json and weights as train::save_language_folder does, and model.py: the same
/// network in plain PyTorch, which reads model.safetensors beside it. `known`: what the network
/// alone does not say (longest text, end of a text). Returns the config's model_type. Throws
/// IoError.
std::string export_language_model(const std::string& folder, const SearchSpace& space,
                                  const Arch& arch, const supernet::ParameterStore& store,
                                  const LmConfig* known = nullptr);

/// Copies what goes with a model's weights from one folder to another: tokenizer.json and the like.
/// Throws IoError.
void copy_tokenizer(const std::string& from, const std::string& to);

}  // namespace tailor::tools
