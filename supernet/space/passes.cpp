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

std::optional<NetworkSpec> with_producer(const NetworkSpec& spec, size_t index) {
  TAILOR_CHECK(index < spec.blocks.size(), "block ", index, " of ", spec.blocks.size());
  const BlockUse& use = spec.blocks[index];
  if (use.inputs.size() != 1) return std::nullopt;
  const int producer = use.inputs[0] - static_cast<int>(spec.inputs.size());
  if (producer < 0) return std::nullopt;
  NetworkSpec out = single_block(spec, static_cast<size_t>(producer));
  out.name += " and " + use.block->name;
  out.blocks.push_back({use.block, {static_cast<int>(out.inputs.size())}});
  return out;
}

namespace {

/// The same network with every reference changed.
template <class Change>
NetworkSpec with_weights(const NetworkSpec& spec, const Change& change) {
  NetworkSpec out = spec;
  for (BlockUse& use : out.blocks) {
    auto block = std::make_shared<Block>(*use.block);
    for (Node& node : block->nodes) {
      for (WeightRef& ref : node.weights) change(ref);
    }
    use.block = std::move(block);
  }
  return out;
}

}  // namespace

NetworkSpec standalone(const NetworkSpec& spec) {
  return with_weights(spec, [](WeightRef& ref) {
    ref = whole_weight(ref.name, ref.role, ref.init, ref.used_shape());
  });
}

NetworkSpec renamed(const NetworkSpec& spec,
                    const std::function<std::string(const std::string&)>& name_of) {
  return with_weights(spec, [&](WeightRef& ref) { ref.name = name_of(ref.name); });
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
