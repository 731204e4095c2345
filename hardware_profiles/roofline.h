// What a network would take on a device that is known by its datasheet alone: for each node the
// larger of its arithmetic's and its memory traffic's time, and overheads.
// Source: Williams, Waterman, Patterson, CACM 52 (2009), "Roofline".
#pragma once

#include <cstdint>

#include "supernet/space/network_spec.h"

namespace tailor::hw {

/// Bytes a node reads and writes when nothing stays in a cache.
struct NodeBytes {
  int64_t activations = 0;  ///< inputs and output
  int64_t weights = 0;

  int64_t total() const { return activations + weights; }
};

NodeBytes node_bytes(const Block& block, const Node& node, Precision precision);

/// A device at one precision. 1 gmacs_per_s = 10^9 multiply-accumulates a second = 2 GFLOP/s;
/// 1 gbytes_per_s = 10^9 bytes a second.
struct Roofline {
  double gmacs_per_s = 0;         ///< above 0
  double gbytes_per_s = 0;        ///< of the memory; above 0
  double cache_bytes = 0;         ///< of the last level
  double cache_gbytes_per_s = 0;  ///< 0: unknown, everything moves at the memory's speed
  double node_us = 0;             ///< overhead a node: a kernel's launch, an operator's call
  double network_us = 0;          ///< overhead a network
};

/// What a node costs by counting.
struct NodeWork {
  double macs = 0;
  double bytes = 0;  ///< moved when nothing stays in a cache
};

/// A node whose activations and weights fit together into the last level moves them at the cache's
/// speed, any other one at the memory's.
double node_ms(const Roofline& roofline, const NodeWork& work);
double node_ms(const Roofline& roofline, const Block& block, const Node& node, Precision precision);
/// Sum over the block's nodes.
double block_ms(const Roofline& roofline, const Block& block, Precision precision);
/// Blocks, and the network's overhead once. In the network's own precision.
double network_ms(const Roofline& roofline, const NetworkSpec& spec);

}  // namespace tailor::hw
