// Fields that every family of image classifiers has.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "supernet/blocks/conv_norm_act.h"
#include "supernet/space/axis.h"

namespace tailor {

class ConfigNode;

/// Name, classes, input channels and image sizes of a space.
struct ImageOptions {
  std::string name;
  int64_t classes = 1000, channels = 3;
  std::vector<int64_t> resolutions = {224};

  /// Declares the four fields. Throws ConfigError.
  void read(const ConfigNode& cfg);
};

/// Reads the section `norm` (eps, momentum). Throws ConfigError.
void read_norm(const ConfigNode& cfg, NormOptions& norm);

/// Reads `kernel`, ascending choices of an odd size. Throws ConfigError.
void read_kernels(const ConfigNode& cfg, std::vector<int64_t>& kernels);

/// Whole numbers as the values of an axis.
std::vector<double> axis_values(const std::vector<int64_t>& values);

/// Channels of a bottleneck `ratio` times as wide as `width`: rounded to the nearest whole number
/// (half to even), then to a multiple of 8. Source: once-for-all, ofa/utils/layers.py.
int64_t inner_width(int64_t width, double ratio);

/// Makes choice c the same network as choice c - 1 wherever `same(c - 1, c)` holds.
template <class Same>
Axis merge_equal(Axis axis, const Same& same) {
  for (size_t c = 1; c < axis.values.size(); ++c) {
    if (same(c - 1, c)) axis.same_as[c] = axis.same_as[c - 1];
  }
  return axis;
}

}  // namespace tailor
