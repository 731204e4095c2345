// Numbering the values of a network through its blocks; checking weights against their references.
#include "supernet/export/flat_network.h"

#include "core/error.h"

namespace tailor {

FlatNetwork flatten(const NetworkSpec& spec) {
  if (spec.inputs.size() != 1 || spec.inputs[0].empty()) {
    throw Error(str("network '", spec.name, "' has ", spec.inputs.size(),
                    " inputs; exports take networks of one input with a batch dimension"));
  }
  FlatNetwork flat{spec.inputs[0], {}};
  std::vector<size_t> network_values = {0};  // number of each network value in the flat list
  for (const BlockUse& use : spec.blocks) {
    const size_t outside = use.inputs.size(), first = flat.nodes.size();
    for (const Node& node : use.block->nodes) {
      FlatNode& out = flat.nodes.emplace_back(FlatNode{&node, use.block.get(), {}});
      for (int input : node.inputs) {
        const auto id = static_cast<size_t>(input);
        out.inputs.push_back(id < outside ? network_values.at(static_cast<size_t>(use.inputs[id]))
                                          : 1 + first + (id - outside));
      }
    }
    network_values.push_back(flat.nodes.size());
  }
  return flat;
}

void check_weights(const NetworkSpec& spec, const TensorFile& weights) {
  for (const BlockUse& use : spec.blocks) {
    for (const Node& node : use.block->nodes) {
      for (const WeightRef& ref : node.weights) {
        const HostTensor& tensor = weights.at(ref.name);
        const Shape shape = ref.used_shape();
        if (tensor.dtype == DType::f32 && tensor.shape == shape) continue;
        throw IoError(str(weights.source, ": tensor '", ref.name, "' is ", dtype_name(tensor.dtype),
                          " ", shape_text(tensor.shape), ", node '", node.name, "' needs F32 ",
                          shape_text(shape)));
      }
    }
  }
}

}  // namespace tailor
