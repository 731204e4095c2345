// Convolution, batch norm, activation: the group of nodes that most networks are made of.
#pragma once

#include <string>
#include <vector>

#include "supernet/space/builder.h"

namespace tailor {

/// Kernel of a convolution. `choices` are the elastic sizes in ascending order; with `transform`
/// smaller kernels come from the largest through OFA's matrices, else they are its centre.
struct Kernel {
  int64_t used = 1;
  std::vector<int64_t> choices = {};
  bool transform = false;

  static Kernel fixed(int64_t size) { return {size, {size}, false}; }
};

struct NormOptions {
  double eps = 1e-5;
  double momentum = 0.1;
};

struct ConvOptions {
  int64_t stride = 1;
  bool depthwise = false;
  int64_t groups = 1;  ///< of a convolution that is not depthwise; divides both widths
  std::string activation = "identity";
  bool norm = true;
  bool bias = false;  ///< of the convolution; only without norm
  NormOptions norm_options = {};
};

/// Nodes "part.conv", "part.bn", "part.act" (those that apply). Padding is kernel / 2.
/// in / out: stored and used channels; a depthwise convolution has out == in.
Value conv_norm_act(BlockBuilder& block, const std::string& part, Value x, const Width& in,
                    const Width& out, const Kernel& kernel, const ConvOptions& options);

/// The one place that makes batch norm references: "part.weight", ".bias", ".running_mean",
/// ".running_var" over `width`.
Value batch_norm(BlockBuilder& block, const std::string& part, Value x, const Width& width,
                 const NormOptions& options);

Value activation(BlockBuilder& block, const std::string& part, Value x,
                 const std::string& function);

/// Mean over the map, flatten, linear with bias: node parts "pool", "flatten", "linear".
Value pooled_classifier(BlockBuilder& block, Value x, const Width& in, int64_t classes);

/// Reference dimensions of a channel width.
Dim width_dim(const Width& width);

}  // namespace tailor
