// Finding a language model's arch and weights.
#include "tools/stages/language_model.h"

#include <filesystem>

#include "core/error.h"
#include "core/file.h"
#include "tools/adopted_model.h"
#include "tools/arch_argument.h"
#include "tools/stages/postnas.h"
#include "tools/torch_threads.h"
#include "trainers/language/language_folder.h"
#include "trainers/language/mixers.h"

namespace tailor::tools {

using supernet::ParameterStore;

namespace {

Precision precision_of(const CommandLine& line) {
  const auto wanted = line.get<std::string>("precision", "f32");
  for (const Precision each : {Precision::f32, Precision::bf16}) {
    if (wanted == precision_name(each)) return each;
  }
  throw ConfigError(str(line.command, ": --precision must be f32 or bf16, got '", wanted, "'"));
}

LanguageModel open_folder(const CommandLine& line, const std::string& folder,
                          const std::string& arch) {
  if (!arch.empty() || !line.common.config.empty() || line.values.count("random")) {
    throw ConfigError(str(line.command, ": ", folder,
                          " is a whole model; --config, --arch and --random do not go with it"));
  }
  train::FolderModel model = train::load_language_folder(folder);
  return {.space = std::move(model.space),
          .arch = model.arch,
          .store = std::move(model.store),
          .folder = folder,
          .config = std::move(model.config)};
}

LanguageModel open_in_float(const CommandLine& line, const std::string& text) {
  use_torch_threads(line.common.threads.value_or(usable_cores()));
  if (const auto weights = line.get<std::string>("weights"); names_folder(weights)) {
    return open_folder(line, weights, text);
  }
  if (line.common.config.empty()) {
    const auto weights = line.get<std::string>("weights", "nothing");
    throw ConfigError(
        str(line.command, ": needs --config, or a folder as --weights; got ", weights));
  }
  const ConfigNode config = load_config(line.common);
  std::unique_ptr<SearchSpace> space = make_space(config.child("space"));
  const std::string folder = model_folder(config), run = line.common.run_dir + "/";
  const bool of_run = text.empty();
  const Arch arch = of_run ? space->parse(read_entry(run + "final/result.yaml", "arch"))
                           : read_arch(*space, text);
  const NetworkSpec spec = space->lower(arch);
  const auto make = [&](ParameterStore store) {
    return LanguageModel{.space = std::move(space),
                         .arch = arch,
                         .store = std::move(store),
                         .folder = folder,
                         .config = model_config(config)};
  };
  if (line.values.count("random")) {
    ParameterStore store(std::span(&spec, 1));
    store.initialise(Rng(static_cast<uint64_t>(line.common.seed.value_or(0))));
    return make(std::move(store));
  }
  if (!of_run && !line.values.count("weights")) {
    throw ConfigError(str(line.command, ": --arch needs --weights or --random"));
  }
  const std::string file =
      line.get<std::string>("weights", run + "final/train/checkpoint.safetensors");
  return make(load_network_weights(spec, file));
}

}  // namespace

bool names_folder(const std::string& weights) {
  std::error_code absent;
  return std::filesystem::is_directory(weights, absent);
}

void add_model_options(Options& options) {
  namespace po = boost::program_options;
  options.add_options()("weights", po::value<std::string>(),
                        "parameters of --arch, a safetensors file; or a Hugging Face folder")(
      "random", "weights drawn anew, to see how fast a network would be")(
      "precision", po::value<std::string>(),
      "f32 unless told, or bf16: weights and caches rounded to 8 bits, half as many bytes to read");
}

Tokenizer open_tokenizer(const LanguageModel& model) {
  constexpr int64_t kByteValues = 256;
  const int64_t vocabulary = train::vocabulary_size(*model.space, model.arch);
  const std::string file = str(model.folder, "/", kTokenizerFile);
  if (!model.folder.empty() && file_exists(file)) {
    return Tokenizer::load(file, vocabulary);
  }
  if (vocabulary != kByteValues) {
    throw ConfigError(str(model.folder.empty() ? model.space->name() : model.folder, ": has no ",
                          kTokenizerFile, ", and a vocabulary of ", vocabulary,
                          " is not that of plain bytes, ", kByteValues));
  }
  return Tokenizer::bytes();
}

ParameterStore load_network_weights(const NetworkSpec& spec, const std::string& file) {
  ParameterStore store(std::span(&spec, 1));
  const TensorFile tensors = TensorFile::load(file);
  for (const supernet::Parameter& p : store.parameters()) tensors.at(p.name);
  store.load_known(tensors);
  return store;
}

LanguageModel open_language_model(const CommandLine& line, const std::string& arch) {
  const Precision precision = precision_of(line);
  LanguageModel model = open_in_float(line, arch);
  if (precision == Precision::bf16) model.store = model.store.converted(at::kBFloat16);
  model.precision = precision;
  return model;
}

}  // namespace tailor::tools
