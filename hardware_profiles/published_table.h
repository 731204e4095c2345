// Latency tables as Once-for-All and ProxylessNAS published them.
#pragma once

#include <map>
#include <string>

#include "supernet/space/network_spec.h"

namespace tailor::hw {

/// One file: a YAML map from a layer's description to {count, mean, std or var}, milliseconds.
/// Sources: once-for-all, ofa/nas/efficiency_predictor/latency_lookup_table.py; proxylessnas,
/// search/utils/latency_estimator.py.
class PublishedTable {
 public:
  /// Throws IoError or ConfigError.
  static PublishedTable load(const std::string& path);

  /// Sum of the layers' means in ms. Layers are found from the network's shapes and operations: a
  /// block with a depthwise convolution is an "expanded_conv", one with a linear layer the
  /// "Logits", any other convolution "Conv", then "Conv_1", "Conv_2" (behind an "AvgPool2D" where
  /// it pools first). Throws Error naming the file and the description that is not in it.
  double latency_ms(const NetworkSpec& network) const;

  /// One layer's part of it. convolutions: plain ones (is_convolution) before it in the network.
  double layer_ms(const Block& block, int convolutions) const;
  /// Neither a depthwise block nor the linear one at the end.
  static bool is_convolution(const Block& block);

 private:
  double mean(const std::string& key) const;
  std::string bottleneck_key(const Block& block) const;

  std::string path_;
  std::map<std::string, double> means_;
  bool by_ratio_ = false;  ///< "expand" is the ratio (ProxylessNAS), not the inner channels
};

}  // namespace tailor::hw
