// A small multi-layer perceptron: training in Eigen matrices, inference in plain loops whose order
// of sums depends on nothing but the network.
#include "predictors/mlp.h"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "core/error.h"

namespace tailor::predict {
namespace {

using Matrix = Eigen::MatrixXf;
using Vector = Eigen::VectorXf;
using RowMajor = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// A parameter with Adam's moments. Source: Kingma and Ba (2015); Loshchilov and Hutter (2019).
struct Parameter {
  Matrix value, gradient, mean, square;
  bool decays = true;

  Parameter(Matrix start, bool with_decay)
      : value(std::move(start)),
        gradient(Matrix::Zero(value.rows(), value.cols())),
        mean(gradient),
        square(gradient),
        decays(with_decay) {}

  void step(int64_t t, double rate, double decay) {
    constexpr float kB1 = 0.9F, kB2 = 0.999F;
    mean = kB1 * mean + (1 - kB1) * gradient;
    square = kB2 * square + (1 - kB2) * gradient.cwiseAbs2();
    const double c1 = 1 - std::pow(double{kB1}, static_cast<double>(t));
    const double c2 = 1 - std::pow(double{kB2}, static_cast<double>(t));
    if (decays) value *= static_cast<float>(1 - rate * decay);
    const Matrix root = (square / static_cast<float>(c2)).cwiseSqrt();
    value.array() -= static_cast<float>(rate / c1) * mean.array() / (root.array() + 1e-8F);
  }
};

/// Activations are columns, one a sample.
class Trainer {
 public:
  Trainer(int64_t inputs, const MlpOptions& options, Rng& rng) : options_(options) {
    int64_t width = inputs;
    for (int64_t hidden : options.hidden) {
      add_layer(width, hidden, 1 / std::sqrt(static_cast<double>(width)), rng);
      width = hidden;
    }
    add_layer(width, 1, 0.1 / std::sqrt(static_cast<double>(width)), rng);
    add_layer(inputs, 1, 0, rng);
  }

  /// One step of Adam on the columns of x. Returns the loss before it.
  double step(const Matrix& x, const Vector& y, int64_t t, double rate) {
    const size_t output = weights_.size() - 2, linear = weights_.size() - 1;
    std::vector<Matrix> activations = {x};
    for (size_t l = 0; l < output; ++l) {
      activations.push_back(affine(l, activations.back()).array().tanh());
    }
    const Matrix out = affine(output, activations.back()) + affine(linear, x);
    const Matrix error = out - y.transpose();
    const Matrix top = error * (2.0F / static_cast<float>(y.size()));
    set_gradient(linear, x, top);
    Matrix delta = top;
    for (size_t l = output + 1; l-- > 0;) {
      set_gradient(l, activations[l], delta);
      if (l == 0) break;
      const Matrix slope = 1 - activations[l].array().square();
      delta = (weights_[l].value.transpose() * delta).cwiseProduct(slope);
    }
    for (Parameter& p : weights_) p.step(t, rate, options_.weight_decay);
    for (Parameter& p : biases_) p.step(t, rate, options_.weight_decay);
    return static_cast<double>(error.squaredNorm()) / static_cast<double>(y.size());
  }

  std::vector<Mlp::Layer> layers() const {
    std::vector<Mlp::Layer> out;
    for (size_t l = 0; l < weights_.size(); ++l) {
      const Matrix& w = weights_[l].value;
      const Matrix& b = biases_[l].value;
      out.push_back(
          {w.cols(), w.rows(), {w.data(), w.data() + w.size()}, {b.data(), b.data() + b.size()}});
    }
    return out;
  }

 private:
  void add_layer(int64_t inputs, int64_t outputs, double deviation, Rng& rng) {
    Matrix start(outputs, inputs);
    for (Eigen::Index i = 0; i < start.size(); ++i) {
      start.data()[i] = static_cast<float>(deviation * rng.normal());
    }
    weights_.emplace_back(std::move(start), true);
    biases_.emplace_back(Matrix::Zero(outputs, 1), false);
  }

  Matrix affine(size_t l, const Matrix& x) const {
    return (weights_[l].value * x).colwise() + biases_[l].value.col(0);
  }

  void set_gradient(size_t l, const Matrix& x, const Matrix& delta) {
    weights_[l].gradient = delta * x.transpose();
    biases_[l].gradient = delta.rowwise().sum();
  }

  const MlpOptions& options_;
  std::vector<Parameter> weights_, biases_;
};

}  // namespace

Mlp Mlp::train(std::span<const float> x, std::span<const float> y, int64_t inputs,
               const MlpOptions& options, Rng rng) {
  const auto rows = static_cast<int64_t>(y.size());
  TAILOR_CHECK(x.size() == y.size() * static_cast<size_t>(inputs), x.size(), " numbers");
  const Eigen::Map<const RowMajor> samples(x.data(), rows, inputs);
  Trainer trainer(inputs, options, rng);
  const int64_t batch = std::min(options.batch, rows);
  const int64_t batches = (rows + batch - 1) / batch;
  int64_t t = 0;
  for (int64_t epoch = 0; epoch < options.epochs; ++epoch) {
    const std::vector<int64_t> order = rng.permutation(rows);
    for (int64_t b = 0; b < batches; ++b) {
      const int64_t begin = b * batch, size = std::min(batch, rows - begin);
      Matrix part(inputs, size);
      Vector target(size);
      for (int64_t i = 0; i < size; ++i) {
        const int64_t row = order[static_cast<size_t>(begin + i)];
        part.col(i) = samples.row(row).transpose();
        target[i] = y[static_cast<size_t>(row)];
      }
      const double done = static_cast<double>(t) / static_cast<double>(options.epochs * batches);
      const double rate = options.learning_rate * 0.5 * (1 + std::cos(std::numbers::pi * done));
      const double loss = trainer.step(part, target, ++t, rate);
      if (!std::isfinite(loss)) {
        throw Error(str("training the MLP diverged in epoch ", epoch + 1, "; lower learning_rate (",
                        number(options.learning_rate), ")"));
      }
    }
  }
  Mlp out;
  out.layers = trainer.layers();
  return out;
}

namespace {

void apply(const Mlp::Layer& layer, std::span<const float> x, std::vector<float>& out) {
  out = layer.bias;
  const auto width = static_cast<size_t>(layer.outputs);
  for (size_t i = 0; i < x.size(); ++i) {
    if (x[i] == 0) continue;
    const float* column = layer.weights.data() + i * width;
    for (size_t o = 0; o < width; ++o) out[o] += column[o] * x[i];
  }
}

}  // namespace

float Mlp::operator()(std::span<const float> x) const {
  std::vector<float> now(x.begin(), x.end()), next;
  for (size_t l = 0; l + 1 < layers.size(); ++l) {
    apply(layers[l], now, next);
    now.swap(next);
    if (l + 2 < layers.size()) {
      for (float& value : now) value = std::tanh(value);
    }
  }
  apply(layers.back(), x, next);
  return now[0] + next[0];
}

}  // namespace tailor::predict
