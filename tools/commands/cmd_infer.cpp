// tailor infer: runs a supernet's subnet, or an exported network, on given tensors.
#include <cstring>
#include <iostream>

#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>

#include "core/error.h"
#include "core/log.h"
#include "supernet/export/exporter.h"
#include "supernet/formats/pth.h"
#include "supernet/space/passes.h"
#include "supernet/torch/graph_net.h"
#include "tools/arch_argument.h"
#include "tools/command_line.h"
#include "tools/stages/language_model.h"
#include "tools/subnet_weights.h"
#include "trainers/checkpoint.h"
#include "trainers/language/generator.h"

namespace tailor::tools {
namespace {

using supernet::GraphNet;
using supernet::ParameterStore;
using supernet::RunMode;

void add_options(Options& options) {
  namespace po = boost::program_options;
  options.add_options()("weights", po::value<std::string>(),
                        "parameters, a network file, or a Hugging Face folder")(
      "arch", po::value<std::string>(),
      "the subnet, @FILE: a net.config; left out for a network file")(
      "input", po::value<std::string>(),
      "safetensors file with the tensor 'input', or 'input_ids' of a language model")(
      "output", po::value<std::string>(), "safetensors file to write, tensor 'result' or 'logits'");
}

struct Input {
  std::string file;
  at::Tensor x;
};

/// Token ids of a language model. Throws IoError for another type or shape.
at::Tensor read_ids(const HostTensor& host, const std::string& file) {
  if (host.dtype != DType::i64 || host.shape.size() != 2 || host.numel() == 0) {
    throw IoError(str(file, ": tensor 'input_ids' must be I64 [batch, tokens], got ",
                      dtype_name(host.dtype), shape_text(host.shape)));
  }
  at::Tensor ids = train::token_ids(host.shape[0], host.shape[1]);
  std::memcpy(ids.data_ptr<int64_t>(), host.bytes.data(), host.bytes.size());
  return ids;
}

/// Throws IoError for an id that the network has no embedding for.
void check_ids(const NetworkSpec& spec, const Input& input) {
  const int64_t most = input.x.max().item<int64_t>(), least = input.x.min().item<int64_t>();
  const int64_t vocabulary = spec.output().back();
  if (least < 0 || most >= vocabulary) {
    throw IoError(
        str(input.file, ": ids must be in [0, ", vocabulary, "), got ", least < 0 ? least : most));
  }
}

at::Tensor run_network(const NetworkSpec& spec, const ParameterStore& store, const Input& input) {
  if ((spec.free_dims == 2) != (input.x.scalar_type() == at::kLong)) {
    throw IoError(str(input.file, ": the network takes ",
                      spec.free_dims == 2 ? "'input_ids', I64" : "'input', F32"));
  }
  if (spec.free_dims == 2) check_ids(spec, input);
  at::NoGradGuard no_grad;
  GraphNet net(spec, store);
  try {
    return net.forward(input.x, RunMode::eval);
  } catch (const ShapeError& error) {
    throw IoError(str(input.file, ": ", error.what()));
  }
}

/// Pixels of a side, which may be none of the space's; 0 for what is no batch of square images.
int64_t image_size(const Input& input) {
  return input.x.dim() == 4 && input.x.size(2) == input.x.size(3) ? input.x.size(2) : 0;
}

at::Tensor run_subnet(const CommandLine& line, const TensorFile& weights, const Input& input) {
  if (line.common.config.empty()) {
    throw ConfigError(
        str("infer: ", weights.source, " is not a network file; --config and --arch are needed"));
  }
  const std::unique_ptr<SearchSpace> space = open_space(line.common);
  const Arch arch = read_arch(*space, line.required("arch"));
  const NetworkSpec spec = space->lower(arch, {.resolution = image_size(input)});
  ParameterStore store = ParameterStore::of_space(*space);
  const NetworkSpec alone = standalone(spec);
  if (const auto own = subnet_weights(*space, arch, alone, store, weights)) {
    const auto extracted = supernet::from_tensors(alone, *own);
    return run_network(extracted.spec, extracted.store, input);
  }
  train::load_weights(weights, *space, store);
  return run_network(spec, store, input);
}

at::Tensor run_exported(const std::string& weights, const Input& input) {
  const ExportedNetwork network = load_network_file(weights);
  const auto extracted = supernet::from_tensors(network.spec, network.weights);
  return run_network(extracted.spec, extracted.store, input);
}

at::Tensor run_folder(const CommandLine& line, const Input& input) {
  const LanguageModel model = open_language_model(line, line.get<std::string>("arch"));
  return run_network(model.space->lower(model.arch), model.store, input);
}

at::Tensor run_file(const CommandLine& line, const std::string& path, const Input& input) {
  const TensorFile weights = read_weights_file(path);
  return weights.metadata.count("tailor.network") > 0 ? run_exported(path, input)
                                                      : run_subnet(line, weights, input);
}

int run(const CommandLine& line) {
  const std::string path = line.required("weights"), output = line.required("output");
  const TensorFile file = TensorFile::load(line.required("input"));
  const bool tokens = file.tensors.count("input_ids") > 0;
  const Input input{file.source, tokens ? read_ids(file.at("input_ids"), file.source)
                                        : supernet::from_host(file.at("input"))};
  const at::Tensor result =
      names_folder(path) ? run_folder(line, input) : run_file(line, path, input);
  TensorFile out;
  const std::string name = tokens ? "logits" : "result";
  out.tensors.emplace(name, supernet::to_host(result));
  out.save(output);
  log_info("infer: ", output, ": ", name, " ", shape_text(result.sizes().vec()));
  return 0;
}

}  // namespace

extern const Command kInfer;
const Command kInfer = {"infer",
                        "run a subnet or an exported network on given tensors",
                        "tailor infer --weights runs/quickstart/export/winner/model.safetensors "
                        "--input in.safetensors --output out.safetensors",
                        add_options,
                        "",
                        run};

}  // namespace tailor::tools
