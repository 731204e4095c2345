#include "supernet/ops/conv2d.h"

#include "tests/support/catch.h"
#include "tests/support/op_shapes.h"

using namespace tailor;
using namespace tailor::test;

namespace {

WeightRef kernel(int64_t out, int64_t in, int64_t h, int64_t w) {
  return ref(Role::weight, {out, in, h, w});
}

}  // namespace

TEST_CASE("conv2d keeps the size with padding k/2 and rounds down with a stride") {
  CHECK(shape_of(Conv2d(1, 1, 1), {{2, 3, 9, 7}}, {kernel(8, 3, 3, 3)}) == Shape{2, 8, 9, 7});
  CHECK(shape_of(Conv2d(2, 1, 1), {{2, 3, 9, 8}}, {kernel(8, 3, 3, 3)}) == Shape{2, 8, 5, 4});
  CHECK(shape_of(Conv2d(2, 0, 1), {{2, 3, 9, 8}}, {kernel(8, 3, 1, 3)}) == Shape{2, 8, 5, 3});
}

TEST_CASE("conv2d counts products of dense, grouped and depthwise kernels") {
  CHECK(macs_of(Conv2d(1, 1, 1), {{2, 4, 5, 5}}, {kernel(6, 4, 3, 3)}) == 2 * 6 * 25 * 4 * 9);
  CHECK(macs_of(Conv2d(1, 1, 2), {{1, 4, 5, 5}}, {kernel(6, 2, 3, 3)}) == 6 * 25 * 2 * 9);
  CHECK(macs_of(Conv2d(1, 1, 4), {{1, 4, 5, 5}}, {kernel(4, 1, 3, 3)}) == 4 * 25 * 9);
}

TEST_CASE("conv2d says which channels do not fit") {
  CHECK(shape_error(Conv2d(), {{1, 48, 4, 4}}, {kernel(8, 40, 1, 1)}) ==
        "input has 48 channels, weight takes 40");
  CHECK(shape_error(Conv2d(1, 0, 2), {{1, 8, 4, 4}}, {kernel(3, 4, 1, 1)}) ==
        "3 output channels do not divide into 2 groups");
  CHECK(shape_error(Conv2d(), {{1, 8, 4, 4}}, {kernel(3, 8, 1, 1), ref(Role::bias, {4})}) ==
        "bias has 4 elements, needs 3");
}

TEST_CASE("conv2d refuses attributes and ranks that cannot be") {
  CHECK(shape_error(Conv2d(0, 1, 1), {{1, 3, 4, 4}}, {kernel(3, 3, 3, 3)}) ==
        "stride 0, padding 1, groups 1 cannot be");
  CHECK(shape_error(Conv2d(), {{1, 3, 4}}, {kernel(3, 3, 3, 3)}) ==
        "input must have 4 dimensions, got [1, 3, 4]");
  CHECK(shape_error(Conv2d(), {{1, 3, 4, 4}}, {ref(Role::weight, {3, 3})}) ==
        "weight must have 4 dimensions, got [3, 3]");
  CHECK(shape_error(Conv2d(), {{1, 3, 4, 4}}) == "has no weight");
}

TEST_CASE("conv2d refuses a kernel larger than the padded input") {
  CHECK(shape_error(Conv2d(2, 0, 1), {{1, 3, 1, 4}}, {kernel(3, 3, 2, 2)}) ==
        "input [1, 3, 1, 4] with padding 0 is smaller than the kernel, 2x2");
  CHECK(shape_of(Conv2d(1, 3, 1), {{1, 3, 1, 1}}, {kernel(3, 3, 7, 7)}) == Shape{1, 3, 1, 1});
}
