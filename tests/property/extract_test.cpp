// Random archs of random spaces and of the shipped ones: a network cut out of the supernet is the
// supernet's slice, and what runs is what was counted.
// covers: supernet/torch/extract.cpp
#include <ATen/ATen.h>

#include "supernet/space/cost.h"
#include "supernet/torch/graph_net.h"
#include "tests/support/random_spaces.h"
#include "tests/support/spaces.h"
#include "tests/support/torch_nets.h"

#include "tests/support/catch.h"

using namespace tailor;
using namespace tailor::supernet;

namespace {

/// Multiply-accumulates from the tensors that came out of each node and the weights that went in.
int64_t counted_macs(const NetworkSpec& spec, const ParameterStore& store, const at::Tensor& x) {
  const NetworkSpec nodes = test::one_node_blocks(spec);
  GraphNet net(nodes, store);
  Taps taps;
  for (const BlockUse& use : nodes.blocks) taps.blocks.push_back(use.block->name);
  net.forward(x, RunMode::eval, &taps);
  const auto weights = net.weights();
  int64_t macs = 0;
  for (const BlockUse& use : nodes.blocks) {
    const Node& node = use.block->nodes[0];
    const at::Tensor& out = taps.values.at(use.block->name);
    REQUIRE(out.sizes().vec() == node.shape);
    const WeightRef* weight = node.weight(Role::weight);
    if (!weight) continue;
    const at::Tensor& w = weights.at(weight->name);
    macs += out.numel() * (w.numel() / w.size(0));
  }
  return macs;
}

void check_arch(const SearchSpace& space, const ParameterStore& store, const Arch& arch,
                const Workload& workload) {
  INFO(space.print(arch));
  const NetworkSpec spec = space.lower(arch, workload);
  const at::Tensor x = test::random_input(spec, workload.batch, arch.hash());
  GraphNet slice(spec, store);
  const ExtractedNetwork cut = extract(slice);
  GraphNet alone(cut.spec, cut.store);
  for (RunMode mode : {RunMode::eval, RunMode::train}) {
    const at::Tensor want = slice.forward(x, mode);
    CHECK(test::relative_error(alone.forward(x, mode), want) <= 1e-5);
    CHECK(want.sizes().vec() == spec.output());
  }
  const ExtractedNetwork read = from_tensors(spec, cut.store.to_file());
  GraphNet again(read.spec, read.store);
  CHECK(test::same_bits(again.forward(x, RunMode::eval), alone.forward(x, RunMode::eval)));
  CHECK(counted_macs(spec, store, x) == network_cost(spec).macs);
  int64_t elements = 0;
  for (const Parameter& p : cut.store.parameters()) elements += p.trainable() * numel(p.shape);
  CHECK(elements == network_cost(spec).params);
}

}  // namespace

TEST_CASE("extracted networks of random spaces are the supernet's slices") {
  Rng rng(21);
  for (int i = 0; i < 30; ++i) {
    const std::string yaml = test::random_space(i, rng);
    INFO(yaml);
    const auto space = test::space_of(yaml);
    const ParameterStore store = test::random_store(*space, rng.next());
    for (int j = 0; j < 3; ++j) check_arch(*space, store, space->sample_choices(rng), {.batch = 2});
  }
}

TEST_CASE("extracted networks of every shipped space are the supernet's slices") {
  for (const std::string& name : test::shipped_space_names()) {
    INFO(name);
    const auto space = test::shipped_space(name);
    const ParameterStore store = test::random_store(*space, 22);
    Rng rng = Rng(23).fork(name);
    for (int i = 0; i < 2; ++i) {
      check_arch(*space, store, space->sample(rng), {.batch = 2, .resolution = 64});
    }
  }
}
