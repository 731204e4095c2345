// The first layer by columns, the others by dense_relu.
#include "predictors/relu_network.h"

#include <algorithm>
#include <utility>

#include "core/error.h"
#include "predictors/dense_relu.h"

namespace tailor::predict {
namespace {

struct alignas(64) Line {
  float values[16];
};

/// Room for [units][kLanes] floats, as dense_relu wants them.
class Activations {
 public:
  float* of(int64_t units) {
    const size_t lines = static_cast<size_t>(units) * kLanes / 16;
    if (lines_.size() < lines) lines_.resize(lines);
    return lines_.front().values;
  }

 private:
  std::vector<Line> lines_;
};

}  // namespace

/// What one thread keeps between calls.
struct ReluNetwork::Scratch {
  Activations from, to;
  std::vector<const float*> columns;
  std::vector<float> sum;
};

ReluNetwork::ReluNetwork(std::vector<Layer> layers, std::vector<std::vector<int>> columns)
    : layers_(std::move(layers)), columns_(std::move(columns)) {
  TAILOR_CHECK(layers_.size() >= 2 && layers_.back().out == 1, "not a network with one output");
  for (size_t l = 0; l < layers_.size(); ++l) {
    const Layer& layer = layers_[l];
    TAILOR_CHECK(layer.in > 0 && layer.out > 0 &&
                     static_cast<int64_t>(layer.weight.size()) == layer.in * layer.out &&
                     static_cast<int64_t>(layer.bias.size()) == layer.out &&
                     (l == 0 || layer.in == layers_[l - 1].out),
                 "layer ", l, " does not fit");
  }
  for (const std::vector<int>& axis : columns_) {
    for (const int column : axis) {
      TAILOR_CHECK(column >= kNoColumn && column < layers_[0].in, "no input ", column);
    }
  }
  const auto in = static_cast<size_t>(layers_[0].in), out = static_cast<size_t>(layers_[0].out);
  by_input_.resize(in * out);
  for (size_t o = 0; o < out; ++o) {
    for (size_t i = 0; i < in; ++i) by_input_[i * out + o] = layers_[0].weight[o * in + i];
  }
  for (size_t l = 1; l + 1 < layers_.size(); ++l) {
    packed_.push_back(pack_rows(layers_[l].weight, static_cast<size_t>(layers_[l].in),
                                static_cast<size_t>(layers_[l].out)));
  }
}

void ReluNetwork::first_layer(const Arch& arch, size_t lane, Scratch& scratch, float* out) const {
  const auto units = static_cast<size_t>(layers_[0].out);
  scratch.columns.clear();
  const std::span<const int8_t> choices = arch.choices();
  for (size_t axis = 0; axis < columns_.size(); ++axis) {
    if (choices[axis] == Arch::kInactive) continue;
    const int column = columns_[axis][static_cast<size_t>(choices[axis])];
    if (column == kNoColumn) continue;
    scratch.columns.push_back(by_input_.data() + static_cast<size_t>(column) * units);
  }
  scratch.sum.resize(units);
  sparse_relu(scratch.columns, layers_[0].bias, scratch.sum.data());
  for (size_t o = 0; o < units; ++o) out[o * kLanes + lane] = scratch.sum[o];
}

void ReluNetwork::last_layer(const float* x, std::span<float> out) const {
  const Layer& last = layers_.back();
  float sum[kLanes];
  std::fill(sum, sum + kLanes, last.bias[0]);
  for (size_t i = 0; i < last.weight.size(); ++i) {
    for (size_t lane = 0; lane < kLanes; ++lane) sum[lane] += last.weight[i] * x[i * kLanes + lane];
  }
  std::copy(sum, sum + out.size(), out.begin());
}

void ReluNetwork::operator()(std::span<const Arch> archs, std::span<float> out) const {
  TAILOR_CHECK(archs.size() == out.size(), archs.size(), " archs, room for ", out.size());
  thread_local Scratch scratch;
  for (size_t begin = 0; begin < archs.size(); begin += kLanes) {
    const size_t lanes = std::min(kLanes, archs.size() - begin);
    const float* x = nullptr;
    for (size_t lane = 0; lane < kLanes; ++lane) {
      float* room = scratch.from.of(layers_[0].out);
      first_layer(archs[begin + std::min(lane, lanes - 1)], lane, scratch, room);
      x = room;
    }
    for (size_t l = 1; l + 1 < layers_.size(); ++l) {
      const Layer& layer = layers_[l];
      float* y = scratch.to.of(layer.out);
      dense_relu(packed_[l - 1], layer.bias, static_cast<size_t>(layer.in),
                 static_cast<size_t>(layer.out), x, y);
      std::swap(scratch.from, scratch.to);
      x = y;
    }
    last_layer(x, out.subspan(begin, lanes));
  }
}

}  // namespace tailor::predict
