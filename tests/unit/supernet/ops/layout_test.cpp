#include "supernet/ops/layout.h"

#include "tests/support/catch.h"
#include "tests/support/op_shapes.h"

using namespace tailor;
using namespace tailor::test;

namespace {

Resample resample(const std::string& mode, int64_t up, int64_t down) {
  Resample op;
  op.mode = mode;
  op.up = up;
  op.down = down;
  return op;
}

}  // namespace

TEST_CASE("concat adds up along its axis") {
  CHECK(shape_of(Concat(), {{1, 2, 4}, {1, 3, 4}, {1, 1, 4}}) == Shape{1, 6, 4});
  Concat last;
  last.axis = 2;
  CHECK(shape_of(last, {{1, 2, 4}, {1, 2, 5}}) == Shape{1, 2, 9});
}

TEST_CASE("concat refuses other sizes and axes") {
  CHECK(shape_error(Concat(), {{1, 2, 4}, {1, 2, 5}}) ==
        "cannot join [1, 2, 4] and [1, 2, 5] along 1");
  Concat batch;
  batch.axis = 0;
  CHECK(shape_error(batch, {{1, 2}, {1, 2}}) == "axis 0 is not in [1, 2)");
}

TEST_CASE("reshape keeps the batch and fills in one size") {
  CHECK(shape_of(Reshape({-1}), {{3, 4, 5, 1}}) == Shape{3, 20});
  CHECK(shape_of(Reshape({2, -1, 5}), {{3, 4, 5, 1}}) == Shape{3, 2, 2, 5});
  CHECK(shape_of(Reshape({20}), {{3, 4, 5}}) == Shape{3, 20});
}

TEST_CASE("reshape refuses what has another number of elements") {
  CHECK(shape_error(Reshape({6}), {{3, 4}}) == "cannot reshape [3, 4] to [3, 6]");
  CHECK(shape_error(Reshape({-1, 3}), {{3, 4}}) == "cannot reshape [3, 4] to [3, 1, 3]");
  CHECK(shape_error(Reshape({-1, -1}), {{3, 4}}) == "cannot reshape [3, 4] to [-1, -1]");
  CHECK(shape_error(Reshape({-1, 0}), {{3, 4}}) == "cannot reshape [3, 4] to [3, 4, 0]");
}

TEST_CASE("channel shuffle keeps the shape and wants channels that divide") {
  CHECK(shape_of(ChannelShuffle(2), {{1, 6, 5, 6}}) == Shape{1, 6, 5, 6});
  CHECK(shape_error(ChannelShuffle(4), {{1, 6, 5, 6}}) == "6 channels do not divide into 4 groups");
  CHECK(shape_error(ChannelShuffle(0), {{1, 6, 5, 6}}) == "6 channels do not divide into 0 groups");
}

TEST_CASE("resample scales a map") {
  CHECK(shape_of(resample("nearest", 2, 1), {{1, 3, 5, 6}}) == Shape{1, 3, 10, 12});
  CHECK(shape_of(resample("bilinear", 1, 2), {{1, 3, 5, 6}}) == Shape{1, 3, 2, 3});
}

TEST_CASE("resample refuses modes and factors it does not have") {
  CHECK(shape_error(resample("cubic", 2, 1), {{1, 3, 5, 6}}) ==
        "mode 'cubic' is not nearest or bilinear");
  CHECK(shape_error(resample("nearest", 2, 0), {{1, 3, 5, 6}}) == "factor 2/0 cannot be");
  CHECK_THROWS_AS(shape_of(resample("nearest", int64_t{1} << 40, 1), {{1, 3, int64_t{1} << 40, 6}}),
                  ShapeError);
}
