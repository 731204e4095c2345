// The small multi-layer perceptron.
#include "predictors/mlp.h"

#include <cmath>

#include "core/error.h"
#include "tests/support/catch.h"

using namespace tailor;
using namespace tailor::predict;

namespace {

struct Samples {
  std::vector<float> x, y;
};

template <class Truth>
Samples draw(int64_t rows, uint64_t seed, const Truth& truth) {
  Rng rng(seed);
  Samples out;
  for (int64_t i = 0; i < rows; ++i) {
    const auto a = static_cast<float>(rng.normal()), b = static_cast<float>(rng.normal());
    out.x.insert(out.x.end(), {a, b});
    out.y.push_back(static_cast<float>(truth(a, b)));
  }
  return out;
}

double rmse(const Mlp& mlp, const Samples& s) {
  double sum = 0;
  for (size_t i = 0; i < s.y.size(); ++i) {
    sum += std::pow(mlp(std::span(s.x).subspan(2 * i, 2)) - s.y[i], 2);
  }
  return std::sqrt(sum / static_cast<double>(s.y.size()));
}

const MlpOptions kFree = {.epochs = 400, .weight_decay = 0};

}  // namespace

TEST_CASE("a linear function is learned") {
  const auto truth = [](double a, double b) { return 0.7 * a - 0.3 * b; };
  const Mlp mlp = Mlp::train(draw(100, 1, truth).x, draw(100, 1, truth).y, 2, kFree, Rng(1));
  CHECK(rmse(mlp, draw(200, 2, truth)) < 0.05);
}

TEST_CASE("a function that no linear model reaches is learned") {
  const auto truth = [](double a, double b) { return std::tanh(a) * std::tanh(b); };
  const Samples seen = draw(400, 1, truth), unseen = draw(400, 2, truth);
  double power = 0;
  for (float y : unseen.y) power += y * y;
  const double spread = std::sqrt(power / static_cast<double>(unseen.y.size()));
  CHECK(rmse(Mlp::train(seen.x, seen.y, 2, kFree, Rng(1)), unseen) < 0.25 * spread);
}

TEST_CASE("the same seed gives the same network to the bit") {
  const Samples s = draw(50, 1, [](double a, double b) { return a * b; });
  const MlpOptions options = {.epochs = 20};
  const Mlp a = Mlp::train(s.x, s.y, 2, options, Rng(1));
  const Mlp b = Mlp::train(s.x, s.y, 2, options, Rng(1));
  const Mlp c = Mlp::train(s.x, s.y, 2, options, Rng(2));
  REQUIRE(a.layers.size() == 4);
  for (size_t l = 0; l < a.layers.size(); ++l) {
    CHECK(a.layers[l].weights == b.layers[l].weights);
    CHECK(a.layers[l].bias == b.layers[l].bias);
  }
  CHECK(a.layers[0].weights != c.layers[0].weights);
}

TEST_CASE("weight decay keeps the weights small") {
  const Samples s = draw(50, 1, [](double a, double) { return a; });
  const auto size = [&](double decay) {
    MlpOptions options = {.weight_decay = decay};
    double sum = 0;
    for (const Mlp::Layer& layer : Mlp::train(s.x, s.y, 2, options, Rng(1)).layers) {
      for (float w : layer.weights) sum += w * w;
    }
    return sum;
  };
  CHECK(size(20) < 0.3 * size(0));
}

TEST_CASE("a training that leaves the finite numbers says so") {
  Samples s = draw(50, 1, [](double a, double) { return a; });
  s.y[3] = std::numeric_limits<float>::infinity();
  CHECK_THROWS_WITH(Mlp::train(s.x, s.y, 2, MlpOptions{}, Rng(1)), Catch::Contains("diverged"));
}
