#include "predictors/smooth_features.h"

#include <cmath>

#include "core/error.h"
#include "tests/support/catch.h"

using namespace tailor;
using namespace tailor::predict;

TEST_CASE("columns get mean 0 and deviation 1; a constant one becomes 0") {
  std::vector<double> rows = {1, 7, 3, 7};
  const ColumnScale scale = ColumnScale::of(rows, 2);
  scale.apply(std::span(rows).first(2));
  scale.apply(std::span(rows).last(2));
  CHECK(rows == std::vector<double>{-1, 0, 1, 0});
}

TEST_CASE("products of smooth features are the kernel where anchors lie") {
  const std::vector<double> anchors = {0, 0, 1, 0.5, -2, 1};
  const SmoothFeatures smooth(anchors, 2);
  std::vector<std::vector<double>> rows;
  for (size_t i = 0; i < 3; ++i) {
    rows.emplace_back(smooth.size());
    smooth.fill({&anchors[2 * i], 2}, rows.back());
  }
  for (size_t l = 0; l < 2; ++l) {
    const double length = SmoothFeatures::kLengths[l];
    double product = 0, self = 0;
    for (size_t c = l * 3; c < (l + 1) * 3; ++c) {
      product += rows[0][c] * rows[1][c];
      self += rows[2][c] * rows[2][c];
    }
    CHECK(product == Approx(std::exp(-1.25 / (4 * length * length))).margin(1e-4));
    CHECK(self == Approx(1).margin(1e-4));
  }
}

TEST_CASE("anchors are some of the rows, by the stream") {
  std::vector<double> rows;
  for (int i = 0; i < 100; ++i) rows.push_back(i);
  const SmoothFeatures a = SmoothFeatures::among(rows, 1, Rng(1));
  CHECK(a.part_size() == SmoothFeatures::kMaxAnchors);
  CHECK(a.anchors() == SmoothFeatures::among(rows, 1, Rng(1)).anchors());
  CHECK(a.anchors() != SmoothFeatures::among(rows, 1, Rng(2)).anchors());
  CHECK(SmoothFeatures::among(std::span(rows).first(3), 1, Rng(1)).part_size() == 3);
}
