#include "supernet/ops/norms.h"

#include "tests/support/catch.h"
#include "tests/support/op_shapes.h"

using namespace tailor;
using namespace tailor::test;

namespace {

std::vector<WeightRef> batch_weights(int64_t c) {
  return {ref(Role::scale, {c}), ref(Role::shift, {c}), ref(Role::running_mean, {c}),
          ref(Role::running_var, {c})};
}

}  // namespace

TEST_CASE("batch norm works over dimension 1 of two or more") {
  CHECK(shape_of(BatchNorm(), {{2, 8, 4, 4}}, batch_weights(8)) == Shape{2, 8, 4, 4});
  CHECK(shape_of(BatchNorm(), {{2, 8}}, batch_weights(8)) == Shape{2, 8});
  CHECK(shape_error(BatchNorm(), {{8}}, batch_weights(8)) == "input must be [N, C, ...], got [8]");
}

TEST_CASE("batch norm needs all four vectors in the width of the input") {
  auto weights = batch_weights(8);
  weights.pop_back();
  CHECK(shape_error(BatchNorm(), {{2, 8}}, weights) == "has no running_var");
  CHECK(shape_error(BatchNorm(), {{2, 6}}, batch_weights(8)) == "scale has 8 elements, needs 6");
}

TEST_CASE("layer norm works over the last dimension") {
  const std::vector<WeightRef> weights = {ref(Role::scale, {4}), ref(Role::shift, {4})};
  CHECK(shape_of(LayerNorm(), {{2, 8, 4}}, weights) == Shape{2, 8, 4});
  CHECK(shape_error(LayerNorm(), {{2, 4, 8}}, weights) == "scale has 4 elements, needs 8");
  CHECK(shape_error(LayerNorm(), {{2, 4}}, {weights[0]}) == "has no shift");
  CHECK(shape_error(LayerNorm(), {{}}, weights) == "input has no dimension");
}

TEST_CASE("rms norm has a scale and no shift") {
  CHECK(shape_of(RmsNorm(), {{2, 8, 4}}, {ref(Role::scale, {4})}) == Shape{2, 8, 4});
  CHECK(shape_error(RmsNorm(), {{2, 8, 4}}) == "has no scale");
  CHECK(shape_error(RmsNorm(), {{}}, {ref(Role::scale, {4})}) == "input has no dimension");
}

TEST_CASE("norms print what sets their numbers") {
  CHECK(BatchNorm(1e-3, 0.1).text() == "batch_norm(eps=0.001 momentum=0.1)");
  CHECK(LayerNorm().text() == "layer_norm(eps=1e-05)");
}

TEST_CASE("a gated norm takes values and a gate of one shape") {
  const std::vector<WeightRef> weights = {ref(Role::scale, {4})};
  CHECK(shape_of(GatedRmsNorm(), {{2, 8, 4}, {2, 8, 4}}, weights) == Shape{2, 8, 4});
  CHECK(shape_error(GatedRmsNorm(), {{2, 8, 4}, {2, 7, 4}}, weights) ==
        "takes values and a gate of one shape, got [2, 8, 4] and [2, 7, 4]");
  CHECK(GatedRmsNorm(1e-5, true).text() == "gated_rms_norm(eps=1e-05 gate_first=1)");
}

TEST_CASE("an L2 norm has no parameters") {
  CHECK(shape_of(L2Norm(), {{2, 8, 4}}) == Shape{2, 8, 4});
  CHECK(L2Norm(0.5).text() == "l2_norm(eps=1e-06 scale=0.5)");
}

TEST_CASE("a norm of heads has numbers of its own for each") {
  const std::vector<WeightRef> weights = {ref(Role::scale, {3, 4}), ref(Role::shift, {3, 4})};
  CHECK(shape_of(HeadNorm(), {{2, 5, 3, 4}}, weights) == Shape{2, 5, 3, 4});
  CHECK(shape_error(HeadNorm(), {{2, 5, 3, 4}}, {weights[0]}) == "has no shift");
  CHECK(shape_error(HeadNorm(), {{2, 5, 4, 4}}, weights) ==
        "scale is [3, 4], must have the last one or two dimensions of [2, 5, 4, 4]");
  CHECK(HeadNorm(1e-3).text() == "head_norm(eps=0.001)");
}
