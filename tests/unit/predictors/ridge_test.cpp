// Ridge regression.
#include "predictors/ridge.h"

#include <cmath>

#include "core/error.h"
#include "core/rng.h"
#include "tests/support/catch.h"

using namespace tailor;
using namespace tailor::predict;

namespace {

constexpr size_t kFeatures = 6;

struct Data {
  std::vector<double> x, y;
};

Data draw(size_t rows, double noise, uint64_t seed) {
  Rng rng(seed);
  Data out;
  for (size_t i = 0; i < rows; ++i) {
    double y = 5;
    for (size_t f = 0; f < kFeatures; ++f) {
      const double x = rng.normal();
      out.x.push_back(x);
      y += static_cast<double>(f) * x;
    }
    out.y.push_back(y + noise * rng.normal());
  }
  return out;
}

const std::vector<double> kOnes(kFeatures, 1.0);

}  // namespace

TEST_CASE("a linear function is found exactly, with more rows than features") {
  const Data d = draw(40, 0, 1);
  const LinearModel m = fit_ridge(d.x, d.y, kOnes, std::vector<double>{1e-9});
  CHECK(m.bias == Approx(5));
  for (size_t f = 0; f < kFeatures; ++f) {
    CHECK(m.weights[f] == Approx(static_cast<double>(f)).margin(1e-6));
  }
  CHECK(m.loo_rmse < 1e-6);
}

TEST_CASE("fewer rows than features are fitted too") {
  const Data d = draw(4, 0, 1);
  const LinearModel m = fit_ridge(d.x, d.y, kOnes, std::vector<double>{1e-9});
  for (size_t i = 0; i < d.y.size(); ++i) {
    CHECK(m(std::span(d.x).subspan(i * kFeatures, kFeatures)) == Approx(d.y[i]).epsilon(1e-6));
  }
}

TEST_CASE("the leave-one-out error is that of fits without the row") {
  const Data d = draw(12, 0.5, 2);
  const double lambda = 0.7;
  const LinearModel whole = fit_ridge(d.x, d.y, kOnes, std::vector<double>{lambda});
  double sum = 0;
  for (size_t left = 0; left < d.y.size(); ++left) {
    Data rest;
    for (size_t i = 0; i < d.y.size(); ++i) {
      if (i == left) continue;
      rest.x.insert(rest.x.end(), d.x.begin() + static_cast<long>(i * kFeatures),
                    d.x.begin() + static_cast<long>((i + 1) * kFeatures));
      rest.y.push_back(d.y[i]);
    }
    const LinearModel m = fit_ridge(rest.x, rest.y, kOnes, std::vector<double>{lambda});
    const double error = m(std::span(d.x).subspan(left * kFeatures, kFeatures)) - d.y[left];
    sum += error * error;
  }
  CHECK(whole.loo_rmse == Approx(std::sqrt(sum / static_cast<double>(d.y.size()))).epsilon(1e-6));
}

TEST_CASE("noise is met with more shrinking") {
  const std::vector<double> lambdas = {1e-6, 1e-3, 1, 10, 100, 1000};
  const LinearModel clean = fit_ridge(draw(20, 0, 1).x, draw(20, 0, 1).y, kOnes, lambdas);
  const LinearModel noisy = fit_ridge(draw(20, 30, 1).x, draw(20, 30, 1).y, kOnes, lambdas);
  CHECK(clean.lambda == 1e-6);
  CHECK(noisy.lambda > 1e-3);
}

TEST_CASE("a feature of scale zero is left out") {
  const Data d = draw(40, 0, 1);
  std::vector<double> scales = kOnes;
  scales[5] = 0;
  CHECK(fit_ridge(d.x, d.y, scales, std::vector<double>{1e-9}).weights[5] == 0);
}

TEST_CASE("constant features and values do no harm, one row is refused") {
  const std::vector<double> x(10 * kFeatures, 1.0), y(10, 3.0);
  const LinearModel m = fit_ridge(x, y, kOnes, std::vector<double>{1e-3});
  CHECK(m(std::span(x).first(kFeatures)) == Approx(3));
  CHECK_THROWS_AS(fit_ridge(std::vector<double>(kFeatures), std::vector<double>{1}, kOnes,
                            std::vector<double>{1}),
                  Error);
}
