#include "supernet/ops/elementwise.h"

#include "tests/support/catch.h"
#include "tests/support/op_shapes.h"

using namespace tailor;
using namespace tailor::test;

TEST_CASE("add takes two or more values of one shape") {
  CHECK(shape_of(Add(), {{1, 2}, {1, 2}, {1, 2}}) == Shape{1, 2});
  CHECK(shape_error(Add(), {{1, 2}}) == "takes at least 2 inputs, got 1");
}

TEST_CASE("add refuses other shapes and ranks") {
  CHECK(shape_error(Add(), {{1, 2}, {1, 3}}) == "cannot add [1, 2] and [1, 3]");
  CHECK(shape_error(Add(), {{1, 2}, {1, 2, 1}}) ==
        "inputs [1, 2] and [1, 2, 1] differ in dimensions");
}

TEST_CASE("multiply stretches the second value, a gate") {
  CHECK(shape_of(Multiply(), {{2, 8, 4, 4}, {2, 8, 1, 1}}) == Shape{2, 8, 4, 4});
  CHECK(shape_of(Multiply(), {{2, 8}, {2, 8}}) == Shape{2, 8});
}

TEST_CASE("multiply refuses what does not stretch") {
  CHECK(shape_error(Multiply(), {{2, 8, 1, 1}, {2, 8, 4, 4}}) ==
        "cannot multiply [2, 8, 1, 1] by [2, 8, 4, 4]");
  CHECK(shape_error(Multiply(), {{2, 8}, {2, 4}}) == "cannot multiply [2, 8] by [2, 4]");
  CHECK(shape_error(Multiply(), {{2}, {2}, {2}}) == "takes 2 inputs, got 3");
}

TEST_CASE("heads are scaled one by one") {
  CHECK(shape_of(ScaleHeads(), {{2, 5, 3, 4}}, {ref(Role::scale, {3})}) == Shape{2, 5, 3, 4});
  CHECK(shape_error(ScaleHeads(), {{2, 5, 3, 4}}, {ref(Role::scale, {4})}) ==
        "scale has 4 elements, needs 3");
  CHECK(shape_of(ScaleHeads(), {{2, 5, 3, 4}}, {ref(Role::scale, {3, 4})}) == Shape{2, 5, 3, 4});
  CHECK(shape_error(ScaleHeads(), {{2, 5, 3, 4}}, {ref(Role::scale, {4, 3})}) ==
        "scale is [4, 3], must have the last one or two dimensions of [2, 5, 3, 4]");
  CHECK(shape_error(ScaleHeads(), {{2}}, {ref(Role::scale, {2})}) ==
        "input must be [..., h, V], got [2]");
}

TEST_CASE("lerp has a share a channel, or one a channel and head") {
  const Shape x = {2, 5, 3, 4};
  CHECK(shape_of(Lerp(), {x, x}, {ref(Role::scale, {4})}) == x);
  CHECK(shape_of(Lerp(), {x, x}, {ref(Role::scale, {3, 4})}) == x);
  CHECK(shape_error(Lerp(), {x, x}, {ref(Role::scale, {3})}) ==
        "scale is [3], must have the last one or two dimensions of [2, 5, 3, 4]");
  CHECK(shape_error(Lerp(), {x, x}) == "has no scale");
  CHECK(shape_error(Lerp(), {x, {2, 5, 3, 1}}, {ref(Role::scale, {4})}) ==
        "takes 2 inputs of one shape, got [2, 5, 3, 4] and [2, 5, 3, 1]");
}

TEST_CASE("a weighted dot product leaves a number a head") {
  const Shape x = {2, 5, 3, 4};
  CHECK(shape_of(WeightedDot(), {x, x}, {ref(Role::scale, {3, 4})}) == Shape{2, 5, 3, 1});
  CHECK(macs_of(WeightedDot(), {x, x}, {ref(Role::scale, {3, 4})}) == 120);
  CHECK(shape_error(WeightedDot(), {x, x}, {ref(Role::scale, {4})}) ==
        "scale must have 2 dimensions, got [4]");
}
