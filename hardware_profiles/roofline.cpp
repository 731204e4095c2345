// Roofline times of nodes, blocks and networks.
#include "hardware_profiles/roofline.h"

#include <algorithm>

#include "supernet/space/cost.h"

namespace tailor::hw {
namespace {

constexpr double kPerMs = 1e6;  // 10^9 a second, counted in milliseconds

}  // namespace

NodeBytes node_bytes(const Block& block, const Node& node, Precision precision) {
  int64_t activations = numel(node.shape), weights = 0;
  for (int value : node.inputs) {
    const auto v = static_cast<size_t>(value);
    activations += numel(v < block.inputs.size() ? block.inputs[v]
                                                 : block.nodes[v - block.inputs.size()].shape);
  }
  for (const WeightRef& ref : node.weights) weights += ref.used_elements();
  const int64_t size = element_bytes(precision);
  return {activations * size, weights * size};
}

double node_ms(const Roofline& roofline, const NodeWork& work) {
  const bool cached = roofline.cache_gbytes_per_s > 0 && work.bytes <= roofline.cache_bytes;
  const double speed = cached ? roofline.cache_gbytes_per_s : roofline.gbytes_per_s;
  const double arithmetic = work.macs / (roofline.gmacs_per_s * kPerMs);
  return std::max(arithmetic, work.bytes / (speed * kPerMs)) + roofline.node_us * 1e-3;
}

double node_ms(const Roofline& roofline, const Block& block, const Node& node,
               Precision precision) {
  const int64_t bytes = node_bytes(block, node, precision).total();
  return node_ms(roofline, {static_cast<double>(node.macs), static_cast<double>(bytes)});
}

double block_ms(const Roofline& roofline, const Block& block, Precision precision) {
  double ms = 0;
  for (const Node& node : block.nodes) ms += node_ms(roofline, block, node, precision);
  return ms;
}

double network_ms(const Roofline& roofline, const NetworkSpec& spec) {
  double ms = roofline.network_us * 1e-3;
  for (const BlockUse& use : spec.blocks) {
    ms += block_ms(roofline, *use.block, spec.workload.precision);
  }
  return ms;
}

}  // namespace tailor::hw
