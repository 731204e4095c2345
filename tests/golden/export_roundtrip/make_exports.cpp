// make_exports FOLDER: writes sample networks in every format, one folder each,
// with an input for them. check_exports.py runs and compares them.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <iostream>

#include "core/error.h"
#include "core/file.h"
#include "supernet/blocks/linear_mixers.h"
#include "supernet/export/torchscript.h"
#include "supernet/torch/graph_net.h"
#include "tests/support/export_samples.h"
#include "tests/support/spaces.h"

using namespace tailor;

namespace {

constexpr int64_t kBatch = 3;  // the networks are described with a batch of 1
constexpr int kArchs = 12;     // of each family
constexpr int64_t kTokens = 9;

constexpr const char* kLanguage = R"(
layers: 3
vocab: 19
hidden: 16
tokens: 9
tied: false
attention:
  heads: 4
  kv_heads: 2
  head_dim: 8
  window: [4]
  rope_theta: 1e4
  rope_scaling: {kind: yarn, factor: 4, slow: 1, fast: 3, amplitude: 1.2, context: 32}
linear: {heads: [2], d_k: [8], d_v: [16]}
mlp: [32]
)";

void write(const std::string& folder, const ExportedNetwork& network, Rng rng) {
  ExporterRegistry exporters = builtin_exporters();
  add_torch_exporters(exporters);
  for (const std::string& name : exporters.names()) {
    const auto exporter = exporters.create(name, ConfigNode::empty(name));
    if (!exporter->fits(network)) continue;
    write_file(folder + "/" + exporter->file_name(), exporter->bytes(network));
  }
  Shape shape = network.spec.inputs[0];
  shape[0] = kBatch;
  TensorFile file;
  HostTensor input = HostTensor::zeros(DType::f32, shape);
  // Wide enough to reach both ends of relu6 and the hard sigmoid.
  for (float& value : input.floats()) value = static_cast<float>(3 * rng.normal());
  file.tensors["input"] = std::move(input);
  file.save(folder + "/input.safetensors");
}

void write_family(const std::string& folder, const SearchSpace& space, const Rng& rng) {
  for (int i = 0; i < kArchs; ++i) {
    Rng draw = rng.fork(space.name(), {i});
    const Arch arch = i == 0 ? space.largest() : i == 1 ? space.smallest() : space.sample(draw);
    ExportedNetwork network = test::with_random_weights(space.lower(arch), draw);
    network.title = str(space.name(), " ", i);
    write(str(folder, "/", space.name(), "_", i), network, draw.fork("input"));
  }
}

/// One language model a mixer, beside attention, as plain PyTorch, with token ids and our logits.
void write_language_models(const std::string& folder, const Rng& rng) {
  for (const std::string& mixer : linear_mixer_names()) {
    const auto space = test::space_of(
        str("family: hybrid_lm\nname: ", mixer, kLanguage, "mixers: [", mixer, ", swa, attn]\n")
            .c_str());
    const Arch arch = space->parse(str("mixer=", mixer, ",swa,attn"));
    ExportedNetwork network = test::with_random_weights(space->lower(arch), rng.fork(mixer));
    network.title = mixer;
    const std::string to = folder + "/language_" + mixer;
    write_file(to + "/model.py", model_py(network));
    network_file(network).save(to + "/model.safetensors");
    const supernet::ExtractedNetwork net = supernet::from_tensors(network.spec, network.weights);
    const at::Tensor ids = at::arange(2 * kTokens).mul(7).remainder(19).view({2, kTokens});
    at::NoGradGuard no_grad;
    supernet::GraphNet graph(net.spec, net.store);
    TensorFile file;
    file.tensors["input"] = supernet::to_host(ids.to(at::kFloat));
    file.save(to + "/input.safetensors");
    file.tensors = {{"output", supernet::to_host(graph.forward(ids, supernet::RunMode::eval))}};
    file.save(to + "/output.safetensors");
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: make_exports FOLDER\n";
    return 2;
  }
  try {
    const std::string folder = argv[1];
    const Rng rng(2024);
    write_family(folder, *test::small_mobilenet(), rng);
    write_family(folder, *test::small_resnet(), rng);
    for (const char* yaml : {test::kTinyResNet50d, test::kTinyXception}) {
      write_family(folder, *test::space_of(yaml), rng);
    }
    for (const auto& [name, spec] : test::operation_networks()) {
      write(str(folder, "/", name), test::with_random_weights(spec, rng), rng.fork(name));
    }
    write_language_models(folder, rng);
    write(folder + "/preprocessed", test::small_export(), rng.fork("preprocessed"));
  } catch (const std::exception& error) {
    std::cerr << "make_exports: " << error.what() << "\n";
    return 1;
  }
  return 0;
}
