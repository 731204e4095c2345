#include "search/acquisition.h"

#include <cmath>

#include "core/rng.h"

#include "tests/support/catch.h"

namespace tailor::search {
namespace {

using Kind = Acquisition::Kind;
using Predictions = std::vector<GaussianProcess::Prediction>;
using Order = std::vector<size_t>;

TEST_CASE("expected improvement is the mean gain of many draws") {
  Rng rng(1);
  for (const auto& [mean, deviation] : {std::pair(0.5, 0.2), std::pair(1.3, 0.4)}) {
    double sum = 0;
    const int draws = 400000;
    for (int i = 0; i < draws; ++i) sum += std::max(0.0, mean + deviation * rng.normal() - 1);
    const Acquisition gain{.kind = Kind::expected_improvement, .best = 1};
    CHECK(gain({mean, deviation}) == Approx(sum / draws).margin(0.002));
  }
  const Acquisition gain{.kind = Kind::expected_improvement, .best = 1};
  CHECK(gain({1.5, 0}) == 0.5);
  CHECK(gain({0.5, 0}) == 0);
}

TEST_CASE("a batch takes the most promising, and what is far from it before its twin") {
  const Predictions predicted = {{1, 1}, {0.99, 1}, {0.5, 1}};
  const std::vector<double> covariance = {1, 0.999, 0, 0.999, 1, 0, 0, 0, 1};
  CHECK(choose_batch(predicted, covariance, 0.01, {}, 3) == Order{0, 2, 1});
  CHECK(choose_batch(predicted, covariance, 0.01, {.exploration = 0}, 2) == Order{0, 1});
}

TEST_CASE("a batch ends with the predictions; known values do not divide by nothing") {
  CHECK(choose_batch({}, {}, 0, {}, 3).empty());
  const Predictions sure = {{1, 0}, {2, 0}};
  CHECK(choose_batch(sure, {0, 0, 0, 0}, 0, {}, 5) == Order{1, 0});
}

}  // namespace
}  // namespace tailor::search
