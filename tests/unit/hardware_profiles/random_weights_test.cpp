// Random weights: every parameter of a network, of the right size, the same for the same seed.
#include "hardware_profiles/random_weights.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "supernet/export/flat_network.h"
#include "supernet/space/passes.h"
#include "tests/support/catch.h"
#include "tests/support/spaces.h"

namespace tailor {
namespace {

TEST_CASE("random weights fill a standalone network, whatever the family") {
  for (const std::string& name : test::shipped_space_names()) {
    const auto space = test::shipped_space(name);
    const NetworkSpec spec = standalone(space->lower(space->smallest()));
    const TensorFile weights = hw::random_weights(spec, Rng(1));
    CHECK_NOTHROW(check_weights(spec, weights));
    CHECK(hw::random_weights(spec, Rng(1)).serialize() == weights.serialize());
    CHECK(hw::random_weights(spec, Rng(2)).serialize() != weights.serialize());
    for (const auto& [parameter, tensor] : weights.tensors) {
      INFO(parameter);
      const std::span<const float> values = tensor.floats();
      CHECK(std::all_of(values.begin(), values.end(), [](float v) { return std::abs(v) <= 2; }));
    }
  }
}

TEST_CASE("a supernet's kernel transform has no random value") {
  NetworkSpec spec;
  auto block = std::make_shared<Block>();
  block->name = "b";
  block->nodes.emplace_back();
  block->nodes[0].weights = {whole_weight("matrix", Role::transform, Init::identity, {9, 9})};
  spec.blocks.push_back({block, {}});
  CHECK_THROWS_WITH(hw::random_weights(spec, Rng(1)), Catch::Contains("'matrix' is a transform"));
}

}  // namespace
}  // namespace tailor
