// Builds networks node by node, checking each shape as it goes.
#pragma once

#include <functional>
#include <memory>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "supernet/space/network_spec.h"

namespace tailor {

/// A channel dimension: its stored width, the part in use, and the label of channel sorting.
struct Width {
  int64_t full = 0;
  int64_t used = 0;
  std::string label = "";

  static Width fixed(int64_t width) { return {width, width, ""}; }
};

/// A value inside a block.
struct Value {
  int id = -1;
};

/// Adds the nodes of one block.
class BlockBuilder {
 public:
  BlockBuilder(std::string name, std::vector<Shape> inputs);

  const std::string& name() const { return block_.name; }
  /// "block name.part": where weights of a part are stored.
  std::string full_name(const std::string& part) const;
  Value input(size_t index = 0) const { return {static_cast<int>(index)}; }
  /// Throws ShapeError `conv2d 'stage2.block1.expand.conv': input has 48 channels, weight takes
  /// 40`.
  Value add(const std::string& part, OpPtr op, const std::vector<Value>& inputs,
            std::vector<WeightRef> weights = {});
  /// Throws ShapeError when there is no such value.
  const Shape& shape(Value value) const;
  /// Totals and latency key; throws Error when the block has no node.
  std::shared_ptr<const Block> finish(const Workload& workload);

 private:
  Block block_;
  std::vector<StateSlot> states_;  // of its nodes
};

/// Finished blocks by (name, numbers, input shapes, workload); thread-safe.
class BlockCache {
 public:
  std::shared_ptr<const Block> find(const std::string& key) const;
  /// Keeps the first block given for a key and returns it.
  std::shared_ptr<const Block> insert(const std::string& key, std::shared_ptr<const Block> block);

 private:
  mutable std::shared_mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<const Block>> blocks_;
};

/// Collects the blocks of one network. A block is built once for all archs that agree on `numbers`
/// and on the input shapes: `numbers` must hold everything `fill` depends on.
class NetworkBuilder {
 public:
  NetworkBuilder(std::string name, const Workload& workload, BlockCache* cache);

  const Workload& workload() const { return spec_.workload; }
  /// A network input; all inputs come before the first block.
  int input(Shape shape);
  /// ids [batch, tokens], both of any size when the network runs.
  int token_input(int64_t batch, int64_t tokens);
  /// Adds a block and returns the number of its output value.
  int block(const std::string& name, const std::vector<int64_t>& numbers,
            const std::vector<int>& inputs, const std::function<void(BlockBuilder&)>& fill);
  /// Throws ShapeError when there is no such value.
  const Shape& shape(int value) const;
  /// Throws Error when the network has no block.
  NetworkSpec finish();

 private:
  NetworkSpec spec_;
  BlockCache* cache_;
};

}  // namespace tailor
