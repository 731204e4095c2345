// The nodes of a network in one list, without blocks, and the check of its weights.
#pragma once

#include <string>
#include <vector>

#include "core/tensor_file.h"
#include "supernet/space/network_spec.h"

namespace tailor {

/// A node in its network. `inputs` number values: 0 is the network's input, 1 + i the output of
/// node i.
struct FlatNode {
  const Node* node = nullptr;
  const Block* block = nullptr;
  std::vector<size_t> inputs;
};

/// A view of a NetworkSpec, which must outlive it. The network's output is the last node's.
struct FlatNetwork {
  Shape input;
  std::vector<FlatNode> nodes;

  const Shape& shape(size_t value) const {
    return value == 0 ? input : nodes[value - 1].node->shape;
  }
};

/// Throws Error when the network does not have one input.
FlatNetwork flatten(const NetworkSpec& spec);

/// Throws IoError naming the file and the tensor when a weight that the network uses is absent, has
/// another shape or is not float32.
void check_weights(const NetworkSpec& spec, const TensorFile& weights);

}  // namespace tailor
