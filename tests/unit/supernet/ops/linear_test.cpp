#include "supernet/ops/linear.h"

#include "tests/support/catch.h"
#include "tests/support/op_shapes.h"

using namespace tailor;
using namespace tailor::test;

TEST_CASE("linear replaces the last dimension") {
  CHECK(shape_of(Linear(), {{2, 4}}, {ref(Role::weight, {7, 4})}) == Shape{2, 7});
  CHECK(shape_of(Linear(), {{2, 5, 4}}, {ref(Role::weight, {7, 4})}) == Shape{2, 5, 7});
}

TEST_CASE("linear counts a product for each weight and row, none for the bias") {
  CHECK(macs_of(Linear(), {{2, 5, 4}}, {ref(Role::weight, {7, 4}), ref(Role::bias, {7})}) ==
        2 * 5 * 4 * 7);
}

TEST_CASE("linear says what does not fit") {
  CHECK(shape_error(Linear(), {{2, 4}}, {ref(Role::weight, {7, 5})}) ==
        "input is [2, 4], weight takes 5 features");
  CHECK(shape_error(Linear(), {{2, 4}}, {ref(Role::weight, {7, 4}), ref(Role::bias, {4})}) ==
        "bias has 4 elements, needs 7");
}

TEST_CASE("linear needs one input and a matrix") {
  CHECK(shape_error(Linear(), {{2, 4}, {2, 4}}) == "takes 1 input, got 2");
  CHECK(shape_error(Linear(), {{2, 4}}) == "has no weight");
  CHECK(shape_error(Linear(), {{}}, {ref(Role::weight, {7, 4})}) ==
        "input is [], weight takes 4 features");
}
