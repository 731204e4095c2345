// What a network would take on a device that is known by its datasheet alone: for each node the
// larger of its arithmetic's and its memory traffic's time, and overheads.
// Source: Williams, Waterman, Patterson, CACM 52 (2009), "Roofline".
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "supernet/space/network_spec.h"

namespace tailor::hw {

/// What a node costs by counting.
struct NodeWork {
  double macs = 0;
  double bytes = 0;  ///< moved when nothing stays in a cache: its inputs, its weights, its output
  /// A batch norm or an activation that is the only reader of the node above it: runtimes for
  /// inference compute it there.
  bool foldable = false;

  bool operator==(const NodeWork&) const = default;
};

/// Whether nodes of this operation may be foldable.
bool is_foldable(std::string_view kind);
/// One a node, in order.
std::vector<NodeWork> block_work(const Block& block, Precision precision);

/// A device at one precision. 1 gmacs_per_s = 10^9 multiply-accumulates a second = 2 GFLOP/s;
/// 1 gbytes_per_s = 10^9 bytes a second.
struct Roofline {
  double gmacs_per_s = 0;         ///< above 0
  double gbytes_per_s = 0;        ///< of the memory; above 0
  double cache_bytes = 0;         ///< of the last level
  double cache_gbytes_per_s = 0;  ///< 0: unknown, everything moves at the memory's speed
  double node_us = 0;             ///< overhead a node: a kernel's launch, an operator's call
  double network_us = 0;          ///< overhead a network
  bool folds = false;             ///< foldable nodes cost nothing
};

/// A node that fits into the last level moves its bytes at the cache's speed, any other one at the
/// memory's. 0 for a foldable node where nodes are folded.
double node_ms(const Roofline& roofline, const NodeWork& work);
double work_ms(const Roofline& roofline, std::span<const NodeWork> work);
/// Sum over the block's nodes.
double block_ms(const Roofline& roofline, const Block& block, Precision precision);
/// Blocks, and the network's overhead once. In the network's own precision.
double network_ms(const Roofline& roofline, const NetworkSpec& spec);

}  // namespace tailor::hw
