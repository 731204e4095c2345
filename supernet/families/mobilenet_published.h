// MobileNet-like networks in the notation of the Once-for-All authors: the JSON of net.config.
// Sources: github.com/mit-han-lab/once-for-all, ofa/imagenet_classification/networks (`config`);
// github.com/mit-han-lab/proxylessnas, proxyless_nas/nas_modules.py.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "supernet/families/published_json.h"

namespace tailor {

/// An inverted bottleneck of such a file.
struct PublishedBlock {
  int64_t in = 0, out = 0, kernel = 3, stride = 1;
  double expand = 1;
  int64_t mid = 0;  ///< channels inside; 0: in * expand, not rounded
  std::string activation = "relu6";
  bool squeeze_excite = false, shortcut = false;
  bool skipped = false;  ///< holds no layer but the shortcut (ZeroLayer)
};

/// A whole network. MobileNetV3 has a final_expand and a feature_mix without norm, on pooled
/// features; ProxylessNASNets have no final_expand and a feature_mix with norm.
struct PublishedMobileNet {
  double eps = 1e-5, momentum = 0.1;
  PublishedConv stem, final_expand, feature_mix;
  std::vector<PublishedBlock> blocks;
  int64_t classes = 0;
  bool by_proxylessnas = false;  ///< written with the keys of ProxylessNAS's own code

  bool is_v3() const { return final_expand.out > 0; }
};

/// The JSON text.
std::string net_config(const PublishedMobileNet& network);

/// Reads such a text, of today or of 2020 ("mobile_inverted_conv", channels as one-element lists).
/// name: the file, for messages. Throws ConfigError naming the field that is absent or wrong.
PublishedMobileNet parse_net_config(const std::string& text, const std::string& name);

/// The first difference, "blocks[3]: out_channels is 40, this space has 48", or nothing. A mid of 0
/// in `read` agrees with in * expand.
std::string published_difference(const PublishedMobileNet& read, const PublishedMobileNet& ours);

}  // namespace tailor
