// What a latency key says: which operations with which attributes, on which sizes. Two blocks of
// one skeleton do the same work on other sizes.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "hardware_profiles/roofline.h"

namespace tailor::hw {

struct KeyShape {
  std::string skeleton;  ///< the key with '#' for each size; a depthwise one's groups are sizes
  std::vector<double> sizes;    ///< those sizes, in order
  std::vector<NodeWork> nodes;  ///< what each node computes and moves
};

/// Takes a Block::key apart. Nothing for another text (a table may come from anywhere): unknown
/// precision, sizes below 1, values that no node has made, more than 8192 nodes.
std::optional<KeyShape> key_shape(const std::string& key);

}  // namespace tailor::hw
