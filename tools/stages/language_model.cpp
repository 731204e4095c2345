// Finding a language model's arch and weights.
#include "tools/stages/language_model.h"

#include "core/error.h"
#include "core/file.h"
#include "tools/arch_argument.h"
#include "tools/stages/postnas.h"
#include "tools/torch_threads.h"

namespace tailor::tools {

using supernet::ParameterStore;

void add_model_options(Options& options) {
  namespace po = boost::program_options;
  options.add_options()("weights", po::value<std::string>(),
                        "parameters of --arch, a safetensors file")(
      "random", "weights drawn anew, to see how fast a network would be");
}

ParameterStore load_network_weights(const NetworkSpec& spec, const std::string& file) {
  ParameterStore store(std::span(&spec, 1));
  const TensorFile tensors = TensorFile::load(file);
  for (const supernet::Parameter& p : store.parameters()) tensors.at(p.name);
  store.load_known(tensors);
  return store;
}

LanguageModel open_language_model(const CommandLine& line, const std::string& text) {
  use_torch_threads(line.common.threads.value_or(usable_cores()));
  std::unique_ptr<SearchSpace> space = open_space(line.common);
  const std::string run = line.common.run_dir + "/";
  const bool of_run = text.empty();
  const Arch arch = of_run ? space->parse(read_entry(run + "final/result.yaml", "arch"))
                           : read_arch(*space, text);
  const NetworkSpec spec = space->lower(arch);
  if (line.values.count("random")) {
    ParameterStore store(std::span(&spec, 1));
    store.initialise(Rng(static_cast<uint64_t>(line.common.seed.value_or(0))));
    return {std::move(space), arch, std::move(store)};
  }
  if (!of_run && !line.values.count("weights")) {
    throw ConfigError(str(line.command, ": --arch needs --weights or --random"));
  }
  const std::string file =
      line.get<std::string>("weights", run + "final/train/checkpoint.safetensors");
  return {std::move(space), arch, load_network_weights(spec, file)};
}

}  // namespace tailor::tools
