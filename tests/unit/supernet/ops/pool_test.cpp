// covers: supernet/ops/rules.cpp
#include "supernet/ops/pool.h"

#include "tests/support/catch.h"
#include "tests/support/op_shapes.h"

using namespace tailor;
using namespace tailor::test;

namespace {

Pool pool(const std::string& mode, int64_t kernel, int64_t stride, int64_t padding, int64_t ceil) {
  Pool op;
  op.mode = mode;
  op.kernel = kernel;
  op.stride = stride;
  op.padding = padding;
  op.ceil_mode = ceil;
  return op;
}

}  // namespace

TEST_CASE("pool rounds down, or up where asked") {
  CHECK(shape_of(pool("max", 3, 2, 1, 0), {{1, 4, 112, 7}}) == Shape{1, 4, 56, 4});
  CHECK(shape_of(pool("avg", 2, 2, 0, 0), {{1, 4, 7, 8}}) == Shape{1, 4, 3, 4});
  CHECK(shape_of(pool("avg", 2, 2, 0, 1), {{1, 4, 7, 8}}) == Shape{1, 4, 4, 4});
}

TEST_CASE("a window that would begin in the right padding is dropped") {
  CHECK(shape_of(pool("max", 2, 2, 1, 1), {{1, 4, 5, 6}}) == Shape{1, 4, 3, 4});
  CHECK(shape_of(pool("max", 1, 3, 0, 1), {{1, 4, 2, 2}}) == Shape{1, 4, 1, 1});
}

TEST_CASE("pool refuses windows that cannot be") {
  CHECK(shape_error(pool("sum", 2, 2, 0, 0), {{1, 4, 4, 4}}) == "mode 'sum' is not max or avg");
  CHECK(shape_error(pool("max", 2, 2, 2, 0), {{1, 4, 4, 4}}) ==
        "kernel 2, stride 2, padding 2 cannot be");
  CHECK(shape_error(pool("max", 5, 2, 0, 0), {{1, 4, 4, 4}}) ==
        "input [1, 4, 4, 4] with padding 0 is smaller than the window, 5");
  CHECK(shape_error(pool("max", 2, 2, 0, 0), {{1, 4, 4}}) ==
        "input must have 4 dimensions, got [1, 4, 4]");
}

TEST_CASE("the global mean leaves one value a channel") {
  CHECK(shape_of(GlobalAvgPool(), {{2, 8, 5, 7}}) == Shape{2, 8, 1, 1});
  CHECK(shape_error(GlobalAvgPool(), {{2, 8}}) == "input must have 4 dimensions, got [2, 8]");
}
