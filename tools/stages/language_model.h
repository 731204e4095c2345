// A language model as commands name it: a Hugging Face folder, a run's hybrid, a subnet with
// weights, or random weights.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "supernet/formats/lm_config.h"
#include "supernet/formats/tokenizer.h"
#include "supernet/torch/parameter_store.h"
#include "tools/command_line.h"

namespace tailor::tools {

/// One network, its weights, and the space that lowers it.
struct LanguageModel {
  std::unique_ptr<SearchSpace> space;
  Arch arch;
  supernet::ParameterStore store;
  Precision precision = Precision::f32;  ///< of the store
  std::string folder = {};               ///< that it, or its transformer, came from; "": none
  std::optional<LmConfig> config = {};   ///< of that folder
};

/// Options --weights, --random and --precision of a command.
void add_model_options(Options& options);

/// Does --weights name a folder?
bool names_folder(const std::string& weights);

/// Where --weights names a Hugging Face folder: its model. Else an arch of --config's space with
/// --weights (or --random: weights drawn anew); "": the hybrid of the run folder. Rounded to
/// --precision. From here on LibTorch has --threads threads. Throws ConfigError, IoError.
LanguageModel open_language_model(const CommandLine& line, const std::string& arch);

/// The tokenizer of the model's folder; plain bytes for a folder without one and a model of no
/// folder, where the vocabulary is 256 of them. Throws ConfigError or IoError, also when a token's
/// id is beyond the vocabulary.
Tokenizer open_tokenizer(const LanguageModel& model);

/// A store of one network's parameters from a file that holds at least those. Throws IoError.
supernet::ParameterStore load_network_weights(const NetworkSpec& spec, const std::string& file);

}  // namespace tailor::tools
