// Network to network.
#include "supernet/space/passes.h"

#include "core/error.h"

namespace tailor {

NetworkSpec single_block(const NetworkSpec& spec, size_t index) {
  TAILOR_CHECK(index < spec.blocks.size(), "block ", index, " of ", spec.blocks.size());
  const std::shared_ptr<const Block>& block = spec.blocks[index].block;
  NetworkSpec out{.name = block->name,
                  .workload = spec.workload,
                  .inputs = block->inputs,
                  .blocks = {},
                  .free_dims = spec.free_dims};
  BlockUse use{block, {}};
  for (size_t i = 0; i < block->inputs.size(); ++i) use.inputs.push_back(static_cast<int>(i));
  out.blocks.push_back(std::move(use));
  return out;
}

NetworkSpec standalone(const NetworkSpec& spec) {
  NetworkSpec out = spec;
  for (BlockUse& use : out.blocks) {
    auto block = std::make_shared<Block>(*use.block);
    for (Node& node : block->nodes) {
      for (WeightRef& ref : node.weights) {
        ref = whole_weight(ref.name, ref.role, ref.init, ref.used_shape());
      }
    }
    use.block = std::move(block);
  }
  return out;
}

std::vector<int> count_readers(const Block& block) {
  std::vector<int> readers(block.inputs.size() + block.nodes.size(), 0);
  for (const Node& node : block.nodes) {
    for (int value : node.inputs) ++readers[static_cast<size_t>(value)];
  }
  ++readers.back();
  return readers;
}

}  // namespace tailor
