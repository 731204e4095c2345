#include "supernet/ops/causal_conv.h"

#include "tests/support/catch.h"
#include "tests/support/op_shapes.h"

using namespace tailor;
using namespace tailor::test;

TEST_CASE("a causal convolution keeps its input's shape and remembers its last inputs") {
  const std::vector<WeightRef> weights = {ref(Role::weight, {6, 4}), ref(Role::bias, {6})};
  const std::vector<Shape> x = {{2, 9, 6}};
  CHECK(shape_of(CausalConv(), x, weights) == x[0]);
  CHECK(macs_of(CausalConv(), x, weights) == 2 * 9 * 6 * 4);
  CHECK(CausalConv().state({x, weights})[0].shape == Shape{2, 3, 6});
  CHECK(CausalConv().state({x, std::vector{ref(Role::weight, {6, 1})}}).empty());
  CHECK(shape_error(CausalConv(), {{2, 9, 5}}, weights) ==
        "input has 5 channels, weight is [6, 4]");
}

TEST_CASE("a dynamic convolution makes its taps from a hidden value") {
  const std::vector<WeightRef> weights = {ref(Role::weight, {24, 3}), ref(Role::bias, {24})};
  const std::vector<Shape> in = {{2, 9, 6}, {2, 9, 3}};
  CHECK(shape_of(DynamicCausalConv(4), in, weights) == in[0]);
  CHECK(macs_of(DynamicCausalConv(4), in, weights) == 2 * 9 * 6 * 4 * (3 + 1));
  CHECK(DynamicCausalConv(4).state({in, weights})[0].shape == Shape{2, 3, 6});
  CHECK(shape_error(DynamicCausalConv(3), in, weights) == "weight must be [18, 3], got [24, 3]");
  CHECK(shape_error(DynamicCausalConv(4), {{2, 9, 6}, {2, 8, 3}}, weights) ==
        "takes x [B, T, D] and hidden [B, T, R], got [2, 9, 6] and [2, 8, 3]");
}

TEST_CASE("a shift by a token keeps the shape and remembers one input") {
  CHECK(shape_of(TokenShift(), {{2, 9, 6}}) == Shape{2, 9, 6});
  CHECK(TokenShift().state({std::vector<Shape>{{2, 9, 6}}, {}})[0].shape == Shape{2, 1, 6});
  CHECK(shape_error(TokenShift(), {{2, 9}}) == "input must have 3 dimensions, got [2, 9]");
}
