#include "search/gaussian_process.h"

#include <cmath>

#include "core/error.h"
#include "predictors/quality.h"
#include "tests/support/toy_estimators.h"

#include "tests/support/catch.h"

namespace tailor::search {
namespace {

using test::ToySpace;

struct Data {
  std::vector<Arch> archs;
  std::vector<double> values;
};

Data draw(const SearchSpace& space, const Estimator& estimator, size_t count, uint64_t seed) {
  Rng rng(seed);
  Data out;
  while (out.archs.size() < count) out.archs.push_back(space.sample_choices(rng));
  for (const Arch& arch : out.archs) out.values.push_back(estimate_one(estimator, arch));
  return out;
}

TEST_CASE("forty archs of a toy space tell the order of the others") {
  const ToySpace space(2);
  const FunctionEstimator accuracy = test::toy_accuracy(space);
  const Data seen = draw(space, accuracy, 40, 1), others = draw(space, accuracy, 300, 2);
  GaussianProcess process(space);
  process.learn(seen.archs, seen.values);
  process.condition(seen.archs, seen.values);
  std::vector<double> means;
  for (const auto& prediction : process.predict(others.archs)) means.push_back(prediction.mean);
  CHECK(predict::spearman(means, others.values) > 0.9);
}

TEST_CASE("deviations are of the size of the errors, and small at what was seen") {
  const ToySpace space(2);
  const FunctionEstimator accuracy = test::toy_accuracy(space);
  const Data seen = draw(space, accuracy, 60, 3), others = draw(space, accuracy, 500, 4);
  GaussianProcess process(space);
  process.learn(seen.archs, seen.values);
  process.condition(seen.archs, seen.values);
  const auto predicted = process.predict(others.archs);
  double within = 0, mean_deviation = 0;
  for (size_t i = 0; i < predicted.size(); ++i) {
    const auto [mean, deviation] = predicted[i];
    const double noisy = std::sqrt(deviation * deviation + process.noise());
    within += std::abs(mean - others.values[i]) <= 2 * noisy;
    mean_deviation += deviation / static_cast<double>(predicted.size());
  }
  CHECK(within / static_cast<double>(predicted.size()) > 0.85);
  double at_seen = 0;
  for (const auto& prediction : process.predict(seen.archs)) at_seen += prediction.deviation / 60;
  CHECK(at_seen < 0.8 * mean_deviation);
}

TEST_CASE("the covariance's diagonal holds the squares of the deviations") {
  const ToySpace space;
  const FunctionEstimator accuracy = test::toy_accuracy(space);
  const Data seen = draw(space, accuracy, 20, 5), others = draw(space, accuracy, 10, 6);
  GaussianProcess process(space);
  process.learn(seen.archs, seen.values);
  process.condition(seen.archs, seen.values);
  const auto predicted = process.predict(others.archs);
  const std::vector<double> covariance = process.covariance(others.archs);
  REQUIRE(covariance.size() == 100);
  for (size_t i = 0; i < 10; ++i) {
    CHECK(std::sqrt(std::max(0.0, covariance[i * 11])) ==
          Approx(predicted[i].deviation).margin(1e-9));
    for (size_t j = 0; j < i; ++j) {
      CHECK(covariance[i * 10 + j] == Approx(covariance[j * 10 + i]).margin(1e-12));
    }
  }
}

TEST_CASE("equal values are predicted, without division by their deviation") {
  const ToySpace space;
  const Data seen = draw(space, FunctionEstimator("x", [](const Arch&) { return 0.5; }), 10, 7);
  GaussianProcess process(space);
  process.learn(seen.archs, seen.values);
  process.condition(seen.archs, seen.values);
  CHECK(process.predict({&seen.archs[0], 1})[0].mean == Approx(0.5));
}

TEST_CASE("what cannot be learned from is refused") {
  const ToySpace space;
  GaussianProcess process(space);
  const std::vector<Arch> archs = {space.smallest(), space.largest()};
  const std::vector<double> one = {1}, broken = {1, std::nan("")};
  CHECK_THROWS_AS(process.learn(archs, one), Error);
  CHECK_THROWS_AS(process.condition(archs, broken), Error);
}

}  // namespace
}  // namespace tailor::search
