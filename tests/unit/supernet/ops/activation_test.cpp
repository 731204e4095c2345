#include "supernet/ops/activation.h"

#include "tests/support/catch.h"
#include "tests/support/op_shapes.h"

using namespace tailor;
using namespace tailor::test;

TEST_CASE("every activation keeps the shape") {
  for (const std::string& name : activation_names()) {
    CHECK(shape_of(Activation(name), {{2, 3, 4}}) == Shape{2, 3, 4});
  }
}

TEST_CASE("an unknown function is refused with the known ones") {
  CHECK(
      shape_error(Activation("rleu"), {{1}}) ==
      "no function 'rleu'; known: identity, relu, relu6, h_swish, h_sigmoid, sigmoid, silu, gelu, "
      "tanh, softplus, log_sigmoid");
}

TEST_CASE("an activation takes one input") {
  CHECK(shape_error(Activation("relu"), {{1}, {1}}) == "takes 1 input, got 2");
}

TEST_CASE("an activation prints its function") {
  CHECK(Activation("h_swish").text() == "activation(function=h_swish)");
}
