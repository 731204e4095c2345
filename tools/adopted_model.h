// `space.model`: a config that takes a language model's sizes, weights and tokenizer from its
// Hugging Face folder.
#pragma once

#include <optional>
#include <string>

#include "core/config_node.h"
#include "supernet/formats/lm_config.h"

namespace tailor::tools {

/// The folder that space.model names; "": none.
std::string model_folder(const ConfigNode& config);

/// That folder's config.json; absent without a folder. Throws IoError or ConfigError naming file
/// and key.
std::optional<LmConfig> model_config(const ConfigNode& config);

/// Sets what the config leaves open and the folder knows: the fields of `space`,
/// postnas.base.weights, text.tokenizer. Does nothing without a folder.
void adopt_model(ConfigNode& config);

}  // namespace tailor::tools
