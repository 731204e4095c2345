// Fields of a mobilenet space's config.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "supernet/families/image_options.h"

namespace tailor {

struct MobileNetStem {
  int64_t width = 16, kernel = 3, stride = 2;
  std::string activation = "h_swish";

  void read(const ConfigNode& cfg);
};

/// The fixed block behind the stem: depthwise and projection, no expansion. width 0: none.
struct MobileNetFirstBlock {
  int64_t width = 0;
  std::string activation = "relu";
  bool residual = true;

  void read(const ConfigNode& cfg);
};

struct MobileNetStage {
  int64_t width = 0, stride = 1;
  std::string activation = "relu";
  bool squeeze_excite = false, residual = true;
  std::vector<int64_t> kernel = {3}, depth = {1};
  std::vector<double> expand = {6};

  void read(const ConfigNode& cfg);

  /// Kernel sizes without 0.
  std::vector<int64_t> sizes() const;
};

/// A 1x1 convolution of the head. width 0: none.
struct MobileNetHead {
  int64_t width = 0;
  std::string activation = "h_swish";
  bool after_pool = false;

  void read(const ConfigNode& cfg);
};

struct MobileNetOptions : ImageOptions {
  double width_mult = 1;
  bool kernel_transform = true;
  bool own_weights = false;
  NormOptions norm;
  MobileNetStem stem;
  MobileNetFirstBlock first;
  std::vector<MobileNetStage> stages;
  MobileNetHead expand, mix;

  /// Throws ConfigError.
  static MobileNetOptions read(const ConfigNode& cfg);

  /// Times width_mult, rounded to a multiple of 8.
  int64_t wide(int64_t width) const;

  /// Input channels of block `j` of stage `s`; its other blocks read what the first one made.
  int64_t in_width(size_t s, int64_t j) const;
};

/// Channels inside a bottleneck. Source: once-for-all, MBConvLayer (ofa.utils.layers).
int64_t mid_width(int64_t in, double e);

}  // namespace tailor
