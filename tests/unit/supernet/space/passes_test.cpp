#include "supernet/space/passes.h"

#include "core/error.h"
#include "supernet/space/cost.h"
#include "tests/support/catch.h"
#include "tests/support/spaces.h"

using namespace tailor;

namespace {

NetworkSpec small_network() {
  const auto space = test::space_of(test::kTinyMobileNet);
  return space->lower(space->parse("ks=3,5,3 e=2,3,3 d=2,1 r=16"));
}

}  // namespace

TEST_CASE("one block becomes a network of its own") {
  const NetworkSpec spec = small_network();
  const NetworkSpec single = single_block(spec, 1);
  REQUIRE(single.blocks.size() == 1);
  CHECK(single.blocks[0].block == spec.blocks[1].block);
  CHECK(single.inputs == spec.blocks[1].block->inputs);
  CHECK(single.name == "stage1.block1");
  CHECK(single.output() == spec.blocks[1].block->output());
}

TEST_CASE("a block goes with the one in front of it") {
  const NetworkSpec spec = small_network();
  CHECK_FALSE(with_producer(spec, 0));
  const NetworkSpec pair = with_producer(spec, 2).value();
  REQUIRE(pair.blocks.size() == 2);
  CHECK(pair.blocks[0].block == spec.blocks[1].block);
  CHECK(pair.blocks[1].block == spec.blocks[2].block);
  CHECK(pair.inputs == spec.blocks[1].block->inputs);
  CHECK(pair.output() == spec.blocks[2].block->output());
  CHECK(network_cost(pair).macs == spec.blocks[1].block->macs + spec.blocks[2].block->macs);
}

TEST_CASE("blocks' products add up to the network's") {
  const NetworkSpec spec = small_network();
  int64_t macs = 0;
  for (size_t b = 0; b < spec.blocks.size(); ++b) macs += network_cost(single_block(spec, b)).macs;
  CHECK(macs == network_cost(spec).macs);
}

TEST_CASE("a block that is not there is refused") {
  CHECK_THROWS_AS(single_block(small_network(), 99), Error);
  CHECK_THROWS_AS(with_producer(small_network(), 99), Error);
}

TEST_CASE("a standalone network has whole weights of the used shapes") {
  const NetworkSpec spec = small_network();
  const NetworkSpec alone = standalone(spec);
  for (size_t b = 0; b < spec.blocks.size(); ++b) {
    const Block& before = *spec.blocks[b].block;
    const Block& after = *alone.blocks[b].block;
    REQUIRE(before.nodes.size() == after.nodes.size());
    CHECK(before.key == after.key);
    for (size_t n = 0; n < before.nodes.size(); ++n) {
      for (size_t w = 0; w < before.nodes[n].weights.size(); ++w) {
        const WeightRef& ref = after.nodes[n].weights[w];
        CHECK(ref.name == before.nodes[n].weights[w].name);
        CHECK(ref.full_shape() == before.nodes[n].weights[w].used_shape());
        CHECK(ref.steps.empty());
      }
    }
  }
}

TEST_CASE("making a network standalone leaves the original and its cost alone") {
  const NetworkSpec spec = small_network();
  const Cost before = network_cost(spec);
  const Cost after = network_cost(standalone(spec));
  CHECK(before.params == after.params);
  CHECK(before.macs == after.macs);
  CHECK_FALSE(spec.blocks[1].block->nodes[3].weights[0].steps.empty());
}

TEST_CASE("renaming changes the names of weights and nothing else") {
  const NetworkSpec spec = small_network();
  const NetworkSpec other = renamed(spec, [](const std::string& name) { return "x." + name; });
  const Cost before = network_cost(spec), after = network_cost(other);
  CHECK(std::pair(before.macs, before.params) == std::pair(after.macs, after.params));
  const WeightRef& from = spec.blocks[0].block->nodes[0].weights[0];
  const WeightRef& to = other.blocks[0].block->nodes[0].weights[0];
  CHECK(to.name == "x." + from.name);
  CHECK(to.used_shape() == from.used_shape());
}
