// Reading what families have in common.
#include "supernet/families/image_options.h"

#include <cmath>

#include "core/config_node.h"
#include "core/str.h"
#include "supernet/blocks/mb_conv.h"
#include "supernet/space/choices.h"

namespace tailor {

void ImageOptions::read(const ConfigNode& cfg) {
  cfg.read("name", name, {.doc = "name of the space in results"});
  cfg.read("classes", classes, {.min = 1, .max = 1 << 20, .doc = "number of classes"});
  cfg.read("channels", channels, {.min = 1, .max = 1024, .doc = "channels of an image"});
  read_choices(cfg, "resolutions", resolutions,
               {.min = 1, .max = 4096, .doc = "choices of image size (pixels)"});
}

void read_norm(const ConfigNode& cfg, NormOptions& norm) {
  const ConfigNode section = cfg.child("norm", "batch norm");
  section.read("eps", norm.eps, {.min = 0, .max = 1, .doc = "added to the variance"});
  section.read("momentum", norm.momentum, {.min = 0, .max = 1, .doc = "of running values"});
  section.finish();
}

void read_kernels(const ConfigNode& cfg, std::vector<int64_t>& kernels) {
  read_choices(cfg, "kernel", kernels, {.min = 1, .max = 31, .doc = "choices of kernel size, odd"});
  for (int64_t k : kernels) {
    if (k % 2 == 0) cfg.fail("kernel", str("must be odd, got ", k));
  }
}

std::vector<double> axis_values(const std::vector<int64_t>& values) {
  return {values.begin(), values.end()};
}

int64_t inner_width(int64_t width, double ratio) {
  return make_divisible(std::nearbyint(static_cast<double>(width) * ratio));
}

}  // namespace tailor
