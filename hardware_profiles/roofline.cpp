// Roofline times of nodes, blocks and networks.
#include "hardware_profiles/roofline.h"

#include <algorithm>

#include "supernet/ops/activation.h"
#include "supernet/ops/norms.h"
#include "supernet/space/cost.h"
#include "supernet/space/passes.h"

namespace tailor::hw {
namespace {

constexpr double kPerMs = 1e6;  // 10^9 a second, counted in milliseconds

}  // namespace

std::vector<NodeWork> block_work(const Block& block, Precision precision) {
  const std::vector<int> readers = count_readers(block);
  const int64_t size = element_bytes(precision);
  std::vector<NodeWork> out;
  for (const Node& node : block.nodes) {
    int64_t elements = numel(node.shape);
    for (int value : node.inputs) {
      const auto v = static_cast<size_t>(value);
      elements += numel(v < block.inputs.size() ? block.inputs[v]
                                                : block.nodes[v - block.inputs.size()].shape);
    }
    for (const WeightRef& ref : node.weights) elements += ref.used_elements();
    const auto first = static_cast<size_t>(node.inputs.empty() ? 0 : node.inputs[0]);
    const bool foldable =
        is_foldable(node.op->kind()) && first >= block.inputs.size() && readers[first] == 1;
    out.push_back({static_cast<double>(node.macs), static_cast<double>(elements * size), foldable});
  }
  return out;
}

bool is_foldable(std::string_view kind) {
  return kind == BatchNorm::kKind || kind == Activation::kKind;
}

double node_ms(const Roofline& roofline, const NodeWork& work) {
  if (roofline.folds && work.foldable) return 0;
  const bool cached = roofline.cache_gbytes_per_s > 0 && work.bytes <= roofline.cache_bytes;
  const double speed = cached ? roofline.cache_gbytes_per_s : roofline.gbytes_per_s;
  const double arithmetic = work.macs / (roofline.gmacs_per_s * kPerMs);
  return std::max(arithmetic, work.bytes / (speed * kPerMs)) + roofline.node_us * 1e-3;
}

double work_ms(const Roofline& roofline, std::span<const NodeWork> work) {
  double ms = 0;
  for (const NodeWork& node : work) ms += node_ms(roofline, node);
  return ms;
}

double block_ms(const Roofline& roofline, const Block& block, Precision precision) {
  return work_ms(roofline, block_work(block, precision));
}

double network_ms(const Roofline& roofline, const NetworkSpec& spec) {
  double ms = roofline.network_us * 1e-3;
  for (const BlockUse& use : spec.blocks) {
    ms += block_ms(roofline, *use.block, spec.workload.precision);
  }
  return ms;
}

}  // namespace tailor::hw
