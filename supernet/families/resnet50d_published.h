// ResNet50-D in the notation of the Once-for-All authors: the JSON of net.config.
// Source: once-for-all, ofa/imagenet_classification/networks/resnets.py (`config`).
#pragma once

#include <string>
#include <vector>

#include "supernet/families/published_json.h"

namespace tailor {

/// A bottleneck of such a file.
struct PublishedBottleneck {
  int64_t in = 0, out = 0, mid = 0, kernel = 3, stride = 1;
  double expand = 0.25;  ///< mid / out before rounding
  std::string activation = "relu";

  bool operator==(const PublishedBottleneck&) const = default;
};

struct PublishedResNet {
  double eps = 1e-5, momentum = 0.1;
  PublishedConv first, last;  ///< of the stem
  bool residual = false;      ///< a residual layer between them
  std::vector<PublishedBottleneck> blocks;
  int64_t classes = 0;
};

std::string net_config(const PublishedResNet& network);
/// name: the file, for messages. Throws ConfigError naming the field that is absent or wrong.
PublishedResNet parse_resnet_config(const std::string& text, const std::string& name);
/// The first difference, "blocks[3]: ...", or nothing. Ratios are compared by what they round to.
std::string published_difference(const PublishedResNet& read, const PublishedResNet& ours);

}  // namespace tailor
