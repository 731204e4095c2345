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
  CHECK(shape_error(ScaleHeads(), {{2}}, {ref(Role::scale, {2})}) ==
        "input must be [..., h, V], got [2]");
}
