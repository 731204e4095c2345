// covers: predictors/dense_relu.cpp
// Batched inference against the plain formula.
#include "predictors/relu_network.h"

#include <algorithm>

#include "core/error.h"
#include "predictors/dense_relu.h"
#include "tests/support/catch.h"
#include "tests/support/toy_space.h"

namespace tailor::predict {
namespace {

ReluNetwork::Layer random_layer(int64_t in, int64_t out, Rng& rng) {
  ReluNetwork::Layer layer{in, out, {}, {}};
  for (int64_t i = 0; i < in * out; ++i) {
    layer.weight.push_back(static_cast<float>(rng.normal() * 0.2));
  }
  for (int64_t i = 0; i < out; ++i) layer.bias.push_back(static_cast<float>(rng.normal() * 0.1));
  return layer;
}

struct Case {
  test::ToySpace space{2};
  std::vector<ReluNetwork::Layer> layers;
  std::vector<std::vector<int>> columns;

  explicit Case(int64_t hidden) {
    Rng rng(static_cast<uint64_t>(hidden));
    int inputs = 0;
    for (const Axis& axis : space.axes()) {
      columns.emplace_back();
      for (size_t c = 0; c < axis.values.size(); ++c) {
        columns.back().push_back(axis.group == "d" ? ReluNetwork::kNoColumn : inputs++);
      }
    }
    layers = {random_layer(inputs, hidden, rng), random_layer(hidden, hidden + 3, rng),
              random_layer(hidden + 3, 1, rng)};
  }

  double plain(const Arch& arch) const {
    std::vector<double> x(static_cast<size_t>(layers[0].in), 0);
    for (size_t axis = 0; axis < columns.size(); ++axis) {
      const int column = arch.active(axis) ? columns[axis][static_cast<size_t>(arch[axis])] : -1;
      if (column >= 0) x[static_cast<size_t>(column)] = 1;
    }
    for (const ReluNetwork::Layer& layer : layers) {
      std::vector<double> y;
      for (size_t o = 0; o < layer.bias.size(); ++o) {
        double sum = static_cast<double>(layer.bias[o]);
        for (size_t i = 0; i < x.size(); ++i) {
          sum += static_cast<double>(layer.weight[o * x.size() + i]) * x[i];
        }
        y.push_back(&layer == &layers.back() ? sum : std::max(sum, 0.0));
      }
      x = y;
    }
    return x[0];
  }
};

TEST_CASE("a batched network gives what the formula gives, for widths that fill no tile") {
  for (const int64_t hidden : {1, 5, 64, 70, 133}) {
    const Case c(hidden);
    const ReluNetwork network(c.layers, c.columns);
    Rng rng(2);
    std::vector<Arch> archs;
    for (int i = 0; i < 77; ++i) archs.push_back(c.space.sample(rng));
    std::vector<float> out(archs.size());
    network(archs, out);
    INFO(hidden << " units, " << dense_relu_instructions());
    for (size_t i = 0; i < archs.size(); ++i) {
      CHECK(static_cast<double>(out[i]) == Approx(c.plain(archs[i])).margin(2e-5));
    }
  }
}

TEST_CASE("an arch's value does not depend on its company") {
  const Case c(40);
  const ReluNetwork network(c.layers, c.columns);
  Rng rng(3);
  std::vector<Arch> archs;
  for (int i = 0; i < 70; ++i) archs.push_back(c.space.sample(rng));
  std::vector<float> together(archs.size());
  network(archs, together);
  for (size_t i = 0; i < archs.size(); ++i) {
    float alone = 0;
    network({&archs[i], 1}, {&alone, 1});
    CHECK(alone == together[i]);
  }
}

TEST_CASE("layers that do not fit and columns that are no inputs are refused") {
  Case c(8);
  std::vector<ReluNetwork::Layer> layers = c.layers;
  layers[1].in = 7;
  CHECK_THROWS_AS(ReluNetwork(layers, c.columns), Error);
  layers = c.layers;
  layers.pop_back();
  CHECK_THROWS_AS(ReluNetwork(layers, c.columns), Error);
  c.columns.back()[0] = 1000;
  CHECK_THROWS_AS(ReluNetwork(c.layers, c.columns), Error);
}

}  // namespace
}  // namespace tailor::predict
