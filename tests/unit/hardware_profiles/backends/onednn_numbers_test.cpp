// What oneDNN computes is what LibTorch computes: every shipped family and every operation.
#include <ATen/ATen.h>

#include <cmath>

#include "core/error.h"
#include "hardware_profiles/backends/onednn_network.h"
#include "hardware_profiles/random_weights.h"
#include "supernet/space/passes.h"
#include "supernet/torch/graph_net.h"
#include "tests/support/error_text.h"
#include "tests/support/export_samples.h"
#include "tests/support/spaces.h"
#include "tests/support/torch_nets.h"

#include "tests/support/catch.h"

using namespace tailor;

namespace {

constexpr double kTolerance = 1e-5;

/// Weights that keep a deep network's values in range, so that rounding does not grow along it;
/// norms, biases and statistics moved away from 0 and 1, so that leaving one out shows.
ExportedNetwork mild_network(const NetworkSpec& spec) {
  ExportedNetwork net;
  net.spec = standalone(spec);
  net.weights = hw::random_weights(net.spec, Rng(5));
  Rng rng(6);
  for (const WeightRef& ref : test::references(net.spec)) {
    if (ref.role == Role::weight) continue;
    for (float& value : net.weights.tensors.at(ref.name).floats()) {
      const auto noise = static_cast<float>(0.1 * rng.normal());
      value = ref.role == Role::running_var ? value * std::exp(noise) : value + noise;
    }
  }
  return net;
}

/// What LibTorch makes of one input, each node by itself: no norm is folded.
at::Tensor torch_output(const ExportedNetwork& net, const at::Tensor& x) {
  auto extracted = supernet::from_tensors(net.spec, net.weights);
  const c10::InferenceMode inference;
  supernet::GraphNet torch_net(test::one_node_blocks(extracted.spec), extracted.store);
  return torch_net.forward(x, supernet::RunMode::eval).contiguous();
}

at::Tensor onednn_output(const ExportedNetwork& net, const at::Tensor& x, int64_t threads,
                         hw::OnednnLayout layout) {
  hw::OnednnNetwork onednn(net.spec, net.weights, threads, layout);
  onednn.set_input(0, {x.data_ptr<float>(), static_cast<size_t>(x.numel())});
  std::vector<float> got = onednn.run();
  return at::from_blob(got.data(), net.spec.output()).clone();
}

at::Tensor input_of(const ExportedNetwork& net) {
  return test::random_input(net.spec, net.spec.inputs[0][0], 7);
}

/// Largest difference between the two on one input, by the largest value.
double error_of(const ExportedNetwork& net) {
  const at::Tensor x = input_of(net);
  return test::relative_error(onednn_output(net, x, 1, hw::OnednnLayout::any),
                              torch_output(net, x));
}

}  // namespace

TEST_CASE("archs of all shipped families") {
  for (const std::string& name : test::shipped_space_names()) {
    const auto space = test::shipped_space(name);
    Rng rng(11);
    for (const int64_t batch : {1, 2}) {
      INFO(name << " batch " << batch);
      const Arch arch = batch == 1 ? space->smallest() : space->sample(rng);
      const auto net = mild_network(space->lower(arch, {.batch = batch, .resolution = 64}));
      const at::Tensor x = input_of(net), want = torch_output(net, x);
      for (const int64_t threads : {1, 2}) {
        for (const auto layout : {hw::OnednnLayout::any, hw::OnednnLayout::nhwc}) {
          CHECK(test::relative_error(onednn_output(net, x, threads, layout), want) < kTolerance);
        }
      }
    }
  }
}

TEST_CASE("every operation, alone and in small networks") {
  for (const auto& [name, spec] : test::operation_networks()) {
    INFO(name);
    const auto net = test::with_random_weights(spec, Rng(5));
    double error = 0;
    try {
      error = error_of(net);
    } catch (const DeviceError&) {
      // What oneDNN lacks, and nothing else.
      const std::vector<std::string> lacking = {"rms_norm", "resample_nearest",
                                                "activation_softplus", "activation_log_sigmoid"};
      CHECK(std::any_of(lacking.begin(), lacking.end(),
                        [&](const std::string& each) { return name.find(each) == 0; }));
    }
    CHECK(error < kTolerance);
  }
}

TEST_CASE("tiny networks of odd sizes, by batches") {
  for (const char* yaml : test::kTinySpaces) {
    const auto space = test::space_of(yaml);
    for (const int64_t batch : {1, 3}) {
      INFO(space->name() << " batch " << batch);
      const auto net =
          test::with_random_weights(space->lower(space->largest(), {.batch = batch}), Rng(9));
      CHECK(error_of(net) < kTolerance);
    }
  }
}
