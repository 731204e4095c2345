#include "trainers/shared_nets.h"

#include <ATen/core/grad_mode.h>

#include "supernet/space/pieces.h"
#include "tests/support/spaces.h"
#include "tests/support/torch_nets.h"

#include "tests/support/catch.h"

using namespace tailor;
using namespace tailor::test;
using supernet::GraphNet;
using supernet::RunMode;

namespace {

/// All networks of a space at its first resolution.
std::vector<NetworkSpec> networks_of(const SearchSpace& space) {
  std::vector<NetworkSpec> out;
  for (const Arch& arch : space.enumerate()) {
    NetworkSpec spec = space.lower(arch);
    if (out.empty() || spec.inputs == out[0].inputs) out.push_back(std::move(spec));
  }
  return out;
}

}  // namespace

TEST_CASE("many networks as one give the bits of each alone") {
  at::NoGradGuard no_grad;
  for (const char* yaml : {kTinyMobileNet, kTinyResNet}) {
    const auto space = space_of(yaml);
    const supernet::ParameterStore store = random_store(*space, 3);
    const std::vector<NetworkSpec> networks = networks_of(*space);
    PieceCutter cutter;
    std::vector<NetworkSpec> cut;
    for (const NetworkSpec& spec : networks) cut.push_back(cutter.cut(spec));
    train::SharedNets shared(cut, store);
    std::vector<GraphNet> alone;
    for (const NetworkSpec& spec : networks) alone.emplace_back(spec, store);

    std::vector<int> seen(networks.size(), 0);
    const auto compare = [&](uint64_t seed) {
      const at::Tensor images = random_input(networks[0], 5, seed);
      shared.evaluate(images, [&](size_t i, const at::Tensor& logits) {
        ++seen[i];
        CHECK(same_bits(logits, alone[i].forward(images, RunMode::eval)));
      });
    };
    compare(11);  // the store's statistics
    for (uint64_t batch : {21, 22}) {
      const at::Tensor images = random_input(networks[0], batch == 21 ? 8 : 3, batch);
      shared.recalibrate(images);
      for (GraphNet& net : alone) net.forward(images, RunMode::recalibrate);
    }
    compare(12);
    compare(13);
    CHECK(seen == std::vector<int>(networks.size(), 3));
  }
}
