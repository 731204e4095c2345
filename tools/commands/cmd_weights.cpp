// tailor weights: a supernet's weights from one file format, and naming, to another.
#include <iostream>

#include "core/error.h"
#include "core/file.h"
#include "supernet/formats/pth.h"
#include "tools/command_line.h"
#include "trainers/checkpoint.h"

namespace tailor::tools {
namespace {

namespace po = boost::program_options;

void add_options(Options& options) {
  options.add_options()("weights", po::value<std::string>(),
                        "a checkpoint, .pth or .safetensors, in our names or the published ones")(
      "output", po::value<std::string>(),
      "FILE.pth or FILE.safetensors, in the published names where the space has them");
}

/// Published names, and the counters that PyTorch's batch norms expect beside their statistics.
TensorFile published(const SearchSpace& space, const supernet::ParameterStore& store) {
  TensorFile out;
  for (const supernet::Parameter& p : store.parameters()) {
    const std::string name = space.published_name(p.name);
    out.tensors.emplace(name, supernet::to_host(store.view(p.name)));
    if (p.role != Role::running_mean) continue;
    out.tensors.emplace(name.substr(0, name.rfind('.') + 1) + "num_batches_tracked",
                        HostTensor::zeros(DType::i64, {}));
  }
  return out;
}

int run(const CommandLine& line) {
  const std::string weights = line.required("weights"), output = line.required("output");
  if (line.common.config.empty()) throw ConfigError("weights: --config is needed, for the space");
  const bool pth = output.ends_with(".pth");
  if (!pth && !output.ends_with(".safetensors")) {
    throw ConfigError(str("weights: --output must end in .pth or .safetensors, got ", output));
  }
  const std::unique_ptr<SearchSpace> space = open_space(line.common);
  supernet::ParameterStore store = supernet::ParameterStore::of_space(*space);
  train::load_weights(read_weights_file(weights), *space, store);
  const TensorFile file = published(*space, store);
  write_file(output, pth ? pth_bytes(file) : file.serialize());
  std::cout << output << "\n";
  return 0;
}

}  // namespace

extern const Command kWeights;
const Command kWeights = {"weights",
                          "a supernet's weights in another file format, for the authors' code",
                          "tailor weights --config configs/spaces/ofa_mobilenet_v3_w1.0.yaml "
                          "--weights runs/ofa/train/checkpoint.safetensors --output ofa.pth",
                          add_options,
                          "",
                          run};

}  // namespace tailor::tools
