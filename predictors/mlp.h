// A small multi-layer perceptron with one output: trained with Adam on few samples, deterministic.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/rng.h"

namespace tailor::predict {

struct MlpOptions {
  std::vector<int64_t> hidden = {32, 32};
  int64_t epochs = 200;
  int64_t batch = 32;
  double learning_rate = 5e-3;  ///< peak; falls to zero along half a cosine
  double weight_decay = 8;      ///< decoupled, times the learning rate
};

/// Hidden layers use tanh. A linear path from the input to the output runs beside them, so that the
/// hidden layers learn what a linear model leaves.
class Mlp {
 public:
  /// outputs x inputs, stored input by input, and a bias.
  struct Layer {
    int64_t inputs = 0, outputs = 0;
    std::vector<float> weights, bias;
  };

  /// x: rows of `inputs` standardised features; y: standardised targets.
  /// The same arguments give the same network to the bit. Throws Error when training diverges.
  static Mlp train(std::span<const float> x, std::span<const float> y, int64_t inputs,
                   const MlpOptions& options, Rng rng);

  float operator()(std::span<const float> x) const;

  /// The hidden layers, the output layer, and last the linear path.
  std::vector<Layer> layers;
};

}  // namespace tailor::predict
