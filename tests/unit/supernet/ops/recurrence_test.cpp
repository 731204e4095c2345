#include "supernet/ops/recurrence.h"

#include "tests/support/catch.h"
#include "tests/support/op_shapes.h"

using namespace tailor;
using namespace tailor::test;

namespace {

const Shape kKeys = {2, 5, 3, 4}, kValues = {2, 5, 3, 6}, kGate = {2, 5, 3};

}  // namespace

TEST_CASE("the delta rule gives values and remembers a matrix a head in full precision") {
  const std::vector<Shape> in = {kKeys, kKeys, kValues, kGate, kGate};
  CHECK(shape_of(GatedDeltaRule(), in) == kValues);
  const std::vector<StateSlot> state = GatedDeltaRule().state({in, {}});
  REQUIRE(state.size() == 1);
  CHECK(state[0].shape == Shape{2, 3, 4, 6});
  CHECK(state[0].exact);
  CHECK(shape_error(GatedDeltaRule(), {kKeys, kKeys, kValues}) == "takes 4 to 5 inputs, got 3");
  CHECK(shape_error(GatedDeltaRule(), {kKeys, kKeys, kValues, kKeys}) ==
        "gate must be [2, 5, 3], got [2, 5, 3, 4]");
}

TEST_CASE("linear attention takes decays by head or by channel, and shared keys") {
  CHECK(shape_of(GatedLinearAttention(), {kKeys, kKeys, kValues}) == kValues);
  CHECK(shape_of(GatedLinearAttention(), {kKeys, kKeys, kValues, kGate}) == kValues);
  CHECK(shape_of(GatedLinearAttention(), {kKeys, kKeys, kValues, kKeys}) == kValues);
  const Shape one = {2, 5, 1, 4};
  CHECK(shape_of(GatedLinearAttention(), {one, one, kValues, kGate}) == kValues);
  const std::vector<Shape> shared = {one, one, kValues};
  CHECK(GatedLinearAttention().state({shared, {}})[0].shape == Shape{2, 3, 4, 6});
  CHECK(shape_error(GatedLinearAttention(), {one, kKeys, kValues}).find("takes q, k") == 0);
}

TEST_CASE("a single token costs products with the state alone, several those of a chunk too") {
  const auto macs = [](int64_t tokens) {
    const Shape keys = {1, tokens, 1, 4}, values = {1, tokens, 1, 6}, gate = {1, tokens, 1};
    return macs_of(GatedDeltaRule(), {keys, keys, values, gate}, {});
  };
  CHECK(macs(1) == 3 * 4 * 6);
  CHECK(macs(10) == 10 * (3 * 4 * 6 + 10 * (3 * 4 + 2 * 6)));
  CHECK(macs(640) == 640 * (3 * 4 * 6 + 64 * (3 * 4 + 2 * 6)));
}

TEST_CASE("the rule of RWKV7 takes six inputs of one size") {
  CHECK(shape_of(DplrDeltaRule(), {kKeys, kKeys, kValues, kKeys, kKeys, kKeys}) == kValues);
  CHECK(shape_error(DplrDeltaRule(), {kKeys, kKeys, kValues, kKeys, kKeys}) ==
        "takes 6 to 6 inputs, got 5");
  CHECK(
      shape_error(DplrDeltaRule(), {kKeys, kKeys, kValues, kGate, kKeys, kKeys}).find("takes q") ==
      0);
}

TEST_CASE("a log decay scales by head") {
  CHECK(shape_of(LogDecay(), {{2, 5, 3}}, {ref(Role::scale, {3})}) == Shape{2, 5, 3});
  CHECK(shape_error(LogDecay(), {{2, 5, 3}}, {ref(Role::scale, {4})}) ==
        "scale has 4 elements, needs 3");
}
