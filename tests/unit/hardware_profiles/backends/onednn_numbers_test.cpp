// What oneDNN computes is what LibTorch computes: every shipped family and every operation.
#include <torch/torch.h>

#include "core/error.h"
#include "hardware_profiles/backends/onednn_network.h"
#include "supernet/torch/graph_net.h"
#include "tests/support/error_text.h"
#include "tests/support/export_samples.h"
#include "tests/support/spaces.h"
#include "tests/support/torch_nets.h"

#include "tests/support/catch.h"

using namespace tailor;

namespace {

constexpr double kTolerance = 1e-4;

/// Largest relative difference between LibTorch and oneDNN on one input.
double error_of(const ExportedNetwork& net, int64_t threads, hw::OnednnLayout layout) {
  const at::Tensor x = test::random_input(net.spec, net.spec.inputs[0][0], 7);
  hw::OnednnNetwork onednn(net.spec, net.weights, threads, layout);
  onednn.set_input(0, {x.data_ptr<float>(), static_cast<size_t>(x.numel())});
  std::vector<float> got = onednn.run();
  auto extracted = supernet::from_tensors(net.spec, net.weights);
  const c10::InferenceMode inference;
  supernet::GraphNet torch_net(extracted.spec, extracted.store);
  const at::Tensor want = torch_net.forward(x, supernet::RunMode::eval).contiguous();
  return test::relative_error(at::from_blob(got.data(), want.sizes()), want);
}

}  // namespace

TEST_CASE("archs of all shipped families") {
  for (const std::string& name : test::shipped_space_names()) {
    const auto space = test::shipped_space(name);
    Rng rng(11);
    for (const Arch& arch : {space->smallest(), space->random(rng)}) {
      for (const int64_t batch : {1, 2}) {
        INFO(name << " " << space->text(arch) << " batch " << batch);
        const auto net = test::with_random_weights(
            space->lower(arch, {.batch = batch, .resolution = 48}), Rng(5));
        CHECK(error_of(net, 1, hw::OnednnLayout::any) < kTolerance);
        CHECK(error_of(net, 2, hw::OnednnLayout::nhwc) < kTolerance);
      }
    }
  }
}

TEST_CASE("every operation, alone and in small networks") {
  for (const auto& [name, spec] : test::operation_networks()) {
    INFO(name);
    const auto net = test::with_random_weights(spec, Rng(5));
    try {
      CHECK(error_of(net, 1, hw::OnednnLayout::any) < kTolerance);
    } catch (const DeviceError& error) {
      // What oneDNN lacks, and nothing else.
      INFO(error.what());
      CHECK((name.find("rms_norm") == 0 || name.find("resample_nearest") == 0));
    }
  }
}

TEST_CASE("tiny networks of odd sizes, by batches") {
  for (const char* yaml : test::kTinySpaces) {
    const auto space = test::space_of(yaml);
    for (const int64_t batch : {1, 3}) {
      INFO(space->name() << " batch " << batch);
      const auto net =
          test::with_random_weights(space->lower(space->largest(), {.batch = batch}), Rng(9));
      CHECK(error_of(net, 1, hw::OnednnLayout::any) < kTolerance);
    }
  }
}
