// tailor convert: weights, whole or cut, in another file format and under the authors' names.
#include <filesystem>
#include <iostream>

#include "core/error.h"
#include "core/file.h"
#include "core/log.h"
#include "supernet/export/exporter.h"
#include "supernet/formats/pth.h"
#include "supernet/formats/published_weights.h"
#include "supernet/torch/graph_net.h"
#include "tools/arch_argument.h"
#include "tools/command_line.h"
#include "tools/stages/language_export.h"
#include "tools/stages/language_model.h"
#include "trainers/checkpoint.h"

namespace tailor::tools {
namespace {

namespace po = boost::program_options;
using supernet::ParameterStore;

void add_options(Options& options) {
  options.add_options()("weights", po::value<std::string>(),
                        "a checkpoint, .pth or .safetensors, in our names or the published ones; a "
                        "Hugging Face folder")(
      "arch", po::value<std::string>(),
      "this subnet alone, with net.config and run.config beside the output; @FILE: a net.config")(
      "output", po::value<std::string>(),
      "FILE.pth or FILE.safetensors, in the published names where the space has them; FOLDER/: a "
      "language model as Hugging Face keeps it");
}

TensorFile whole(const SearchSpace& space, const ParameterStore& store) {
  return in_published_names(store.to_file(),
                            [&](const std::string& name) { return space.published_name(name); });
}

/// The subnet's weights; its description goes into `folder`.
TensorFile alone(const SearchSpace& space, const ParameterStore& store, const Arch& arch,
                 const std::filesystem::path& folder) {
  const NetworkSpec spec = space.lower(arch);
  if (const std::string config = space.published_config(arch); !config.empty()) {
    write_file((folder / "net.config").string(), config);
    write_file((folder / "run.config").string(), published_run_config(spec.inputs[0][2]));
  }
  log_warning("convert: a subnet's batch norms need new statistics before it is accurate; `tailor ",
              "export` writes a network that has them");
  const supernet::GraphNet net(spec, store);
  return in_published_names(supernet::extract(net).store.to_file(), [&](const std::string& name) {
    return space.published_subnet_name(arch, name);
  });
}

int write_language_folder(const CommandLine& line, const std::string& folder) {
  const LanguageModel model = open_language_model(line, line.get<std::string>("arch"));
  if (!model.folder.empty() && std::filesystem::exists(folder) &&
      std::filesystem::equivalent(model.folder, folder)) {
    throw ConfigError(str("convert: --output is the folder of --weights, ", folder));
  }
  const std::string type = export_language_model(folder, *model.space, model.arch, model.store,
                                                 model.config ? &*model.config : nullptr);
  if (!model.folder.empty()) copy_tokenizer(model.folder, folder);
  std::cout << folder << ": " << type << "\n";
  return 0;
}

int run(const CommandLine& line) {
  const std::string output = line.required("output");
  if (output.ends_with('/'))
    return write_language_folder(line, output.substr(0, output.size() - 1));
  const std::string weights = line.required("weights");
  const std::string arch = line.get<std::string>("arch");
  if (line.common.config.empty()) throw ConfigError("convert: --config is needed, for the space");
  const bool pth = output.ends_with(".pth");
  if (!pth && !output.ends_with(".safetensors")) {
    throw ConfigError(str(
        "convert: --output must end in .pth or .safetensors, or in / for a folder, got ", output));
  }
  const std::unique_ptr<SearchSpace> space = open_space(line.common);
  ParameterStore store = ParameterStore::of_space(*space);
  train::load_weights(read_weights_file(weights), *space, store);
  const TensorFile file = arch.empty() ? whole(*space, store)
                                       : alone(*space, store, read_arch(*space, arch),
                                               std::filesystem::path(output).parent_path());
  write_file(output, pth ? pth_bytes(file) : file.serialize());
  std::cout << output << "\n";
  return 0;
}

}  // namespace

extern const Command kConvert;
const Command kConvert = {"convert",
                          "weights in another file format, whole or one subnet's, for the "
                          "authors' code",
                          "tailor convert --config configs/spaces/ofa_mobilenet_v3_w1.0.yaml "
                          "--weights runs/ofa/train/checkpoint.safetensors --output ofa.pth",
                          add_options,
                          "",
                          run};

}  // namespace tailor::tools
