#include "supernet/ops/embedding.h"

#include "tests/support/catch.h"
#include "tests/support/op_shapes.h"

using namespace tailor;
using namespace tailor::test;

TEST_CASE("an embedding gives every id a row of its table") {
  CHECK(shape_of(Embedding(), {{2, 7}}, {ref(Role::weight, {50, 16})}) == Shape{2, 7, 16});
  CHECK(shape_error(Embedding(), {{2, 7}}) == "has no weight");
  CHECK(macs_of(Embedding(), {{2, 7}}, {ref(Role::weight, {50, 16})}) == 0);
}

TEST_CASE("the last token of a sequence is a sequence of one") {
  CHECK(shape_of(LastToken(), {{2, 7, 16}}) == Shape{2, 1, 16});
  CHECK(shape_error(LastToken(), {{2}}) == "input must be [B, T, ...], got [2]");
}
