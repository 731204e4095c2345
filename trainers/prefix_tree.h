// Networks that begin alike, as a tree: what is equal from the input on appears once.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "supernet/space/network_spec.h"

namespace tailor::train {

/// A tree of blocks. A path from a root downwards is a network's list of blocks; networks share the
/// nodes of their common beginning (the same block objects reading the same values).
struct PrefixTree {
  struct Node {
    std::shared_ptr<const Block> block;
    std::vector<int> inputs;  ///< numbers of network values, as in BlockUse
    std::vector<size_t> children = {};
    std::vector<size_t> networks = {};  ///< those whose last block this is
    /// Values made before this node that it or a node below it reads, ascending.
    std::vector<int> needs = {};
  };

  std::vector<Node> nodes;  ///< parents before children
  std::vector<size_t> roots;
  size_t inputs = 1;  ///< network inputs: the values before the first block's

  /// networks: all with inputs of the same shapes. Throws Error otherwise.
  explicit PrefixTree(std::span<const NetworkSpec> networks);

  /// Networks depth first: those that share most lie side by side.
  std::vector<size_t> order() const;
};

}  // namespace tailor::train
