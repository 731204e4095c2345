// A ReLU network over the one-hot choices of archs, evaluated for many archs at once.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "supernet/space/search_space.h"

namespace tailor::predict {

/// [Linear, ReLU] ..., Linear with one output. The input is 1 for each choice that an arch has and
/// 0 elsewhere, so the first layer is a sum of a few columns of its weights.
class ReluNetwork {
 public:
  struct Layer {
    int64_t in = 0, out = 0;
    std::vector<float> weight, bias;  ///< row-major [out, in]; [out]
  };
  static constexpr int kNoColumn = -1;

  /// columns[axis][choice]: the input that the choice sets, or kNoColumn. Two layers at least.
  /// Throws Error for layers that do not fit together and columns that are no inputs.
  ReluNetwork(std::vector<Layer> layers, std::vector<std::vector<int>> columns);

  /// out[i]: of archs[i], by itself: the same to the bit in whatever company. Vector instructions
  /// are those of the processor it runs on, so the last bits differ from machine to machine.
  void operator()(std::span<const Arch> archs, std::span<float> out) const;

  const std::vector<Layer>& layers() const { return layers_; }
  const std::vector<std::vector<int>>& columns() const { return columns_; }

 private:
  struct Scratch;
  void first_layer(const Arch& arch, size_t lane, Scratch& scratch, float* out) const;
  void last_layer(const float* x, std::span<float> out) const;

  std::vector<Layer> layers_;
  std::vector<std::vector<int>> columns_;
  std::vector<float> by_input_;             // first layer's weights, [in, out]
  std::vector<std::vector<float>> packed_;  // of the layers between, as dense_relu takes them
};

}  // namespace tailor::predict
