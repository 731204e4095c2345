// Building blocks and networks; latency keys.
#include "supernet/space/builder.h"

#include <array>
#include <mutex>
#include <set>
#include <span>
#include <utility>

#include "core/error.h"

namespace tailor {
namespace {

constexpr int64_t kMostElements = int64_t{1} << 40;
constexpr int64_t kMostMacs = int64_t{1} << 49;

/// Shapes and operations in order, values by number: the same for equal work, whatever the names.
std::string latency_key(const Block& block, const Workload& workload) {
  std::string key =
      str(precision_name(workload.precision), workload.phase == Phase::train ? " train" : "");
  for (const Shape& shape : block.inputs) key += " in" + shape_text(shape);
  for (const Node& node : block.nodes) {
    key += str("; ", node.op->text(), " of ", join(node.inputs, ","));
    for (const WeightRef& ref : node.weights) key += " w" + shape_text(ref.used_shape());
    key += " -> " + shape_text(node.shape);
  }
  return key;
}

int64_t used_params(const Block& block) {
  int64_t params = 0;
  std::set<std::string> counted;
  for (const Node& node : block.nodes) {
    for (const WeightRef& ref : node.weights) {
      if (ref.trainable() && counted.insert(ref.name).second) params += ref.used_elements();
    }
  }
  return params;
}

void check_ranges(const Node& node) {
  for (const WeightRef& ref : node.weights) {
    for (const Dim& dim : ref.dims) {
      if (dim.begin < 0 || dim.count < 1 || dim.begin + dim.count > dim.full) {
        throw ShapeError(str(node.op->kind(), " '", node.name, "': weight '", ref.name, "' takes [",
                             dim.begin, ", ", dim.begin + dim.count, ") of a dimension of ",
                             dim.full));
      }
    }
    if (numel(ref.full_shape()) > kMostElements) {
      throw ShapeError(str(node.op->kind(), " '", node.name, "': weight '", ref.name, "' of ",
                           shape_text(ref.full_shape()), " is too large"));
    }
  }
}

/// Bounds that keep every later sum over a network's nodes inside 64 bits. Throws ShapeError.
void check_size(const Node& node) {
  for (int64_t size : node.shape) {
    if (size < 1) {
      throw ShapeError(str("output would be ", shape_text(node.shape), "; the input is too small"));
    }
  }
  if (numel(node.shape) > kMostElements || node.macs > kMostMacs) {
    throw ShapeError(str("output ", shape_text(node.shape), " by ", node.macs,
                         " multiply-accumulates is too large"));
  }
}

/// Numbers with their count in front, so that no two lists of them look the same in a row.
void append_numbers(std::string& key, std::span<const int64_t> numbers) {
  const auto count = static_cast<int64_t>(numbers.size());
  key.append(reinterpret_cast<const char*>(&count), sizeof count);
  key.append(reinterpret_cast<const char*>(numbers.data()), numbers.size_bytes());
}

}  // namespace

BlockBuilder::BlockBuilder(std::string name, std::vector<Shape> inputs) {
  block_.name = std::move(name);
  block_.inputs = std::move(inputs);
}

std::string BlockBuilder::full_name(const std::string& part) const {
  return part.empty() ? block_.name : block_.name + "." + part;
}

Value BlockBuilder::add(const std::string& part, OpPtr op, const std::vector<Value>& inputs,
                        std::vector<WeightRef> weights) {
  Node node{.name = full_name(part),
            .op = std::move(op),
            .inputs = {},
            .weights = std::move(weights),
            .shape = {}};
  std::vector<Shape> shapes;
  for (Value value : inputs) {
    shapes.push_back(shape(value));
    node.inputs.push_back(value.id);
  }
  check_ranges(node);
  const OpInputs in{shapes, node.weights};
  try {
    node.shape = node.op->shape(in);
    node.macs = node.op->macs(in, node.shape);
    check_size(node);
    for (StateSlot& slot : node.op->state(in)) states_.push_back(std::move(slot));
  } catch (const ShapeError& error) {
    throw ShapeError(str(node.op->kind(), " '", node.name, "': ", error.what()));
  }
  block_.nodes.push_back(std::move(node));
  return {static_cast<int>(block_.inputs.size() + block_.nodes.size()) - 1};
}

const Shape& BlockBuilder::shape(Value value) const {
  const auto id = static_cast<size_t>(value.id);
  if (value.id < 0 || id >= block_.inputs.size() + block_.nodes.size()) {
    throw ShapeError(str("block '", block_.name, "' has no value ", value.id, " yet"));
  }
  return id < block_.inputs.size() ? block_.inputs[id]
                                   : block_.nodes[id - block_.inputs.size()].shape;
}

std::shared_ptr<const Block> BlockBuilder::finish(const Workload& workload) {
  if (block_.nodes.empty()) throw Error(str("block '", block_.name, "' has no node"));
  for (const Node& node : block_.nodes) block_.macs += node.macs;
  for (const StateSlot& slot : states_) {
    block_.state_bytes +=
        numel(slot.shape) * element_bytes(slot.exact ? Precision::f32 : workload.precision);
  }
  block_.params = used_params(block_);
  block_.key = latency_key(block_, workload);
  return std::make_shared<const Block>(std::move(block_));
}

std::shared_ptr<const Block> BlockCache::find(const std::string& key) const {
  std::shared_lock lock(mutex_);
  auto it = blocks_.find(key);
  return it == blocks_.end() ? nullptr : it->second;
}

std::shared_ptr<const Block> BlockCache::insert(const std::string& key,
                                                std::shared_ptr<const Block> block) {
  std::unique_lock lock(mutex_);
  return blocks_.emplace(key, std::move(block)).first->second;
}

NetworkBuilder::NetworkBuilder(std::string name, const Workload& workload, BlockCache* cache)
    : cache_(cache) {
  spec_.name = std::move(name);
  spec_.workload = workload;
}

int NetworkBuilder::input(Shape shape) {
  TAILOR_CHECK(spec_.blocks.empty(), "inputs come before the first block");
  spec_.inputs.push_back(std::move(shape));
  return static_cast<int>(spec_.inputs.size()) - 1;
}

int NetworkBuilder::token_input(int64_t batch, int64_t tokens) {
  spec_.free_dims = 2;
  return input({batch, tokens});
}

int NetworkBuilder::block(const std::string& name, const std::vector<int64_t>& numbers,
                          const std::vector<int>& inputs,
                          const std::function<void(BlockBuilder&)>& fill) {
  const Workload& load = spec_.workload;
  std::string key = name;
  append_numbers(key, numbers);
  append_numbers(key, std::array{static_cast<int64_t>(load.phase),
                                 static_cast<int64_t>(load.precision), load.tokens, load.context});
  for (int value : inputs) append_numbers(key, shape(value));
  std::shared_ptr<const Block> block = cache_ ? cache_->find(key) : nullptr;
  if (!block) {
    std::vector<Shape> shapes;
    for (int value : inputs) shapes.push_back(shape(value));
    BlockBuilder builder(name, std::move(shapes));
    fill(builder);
    block = builder.finish(load);
    if (cache_) block = cache_->insert(key, std::move(block));
  }
  spec_.blocks.push_back({std::move(block), inputs});
  return static_cast<int>(spec_.inputs.size() + spec_.blocks.size()) - 1;
}

const Shape& NetworkBuilder::shape(int value) const {
  const auto id = static_cast<size_t>(value);
  if (value < 0 || id >= spec_.inputs.size() + spec_.blocks.size()) {
    throw ShapeError(str("network '", spec_.name, "' has no value ", value, " yet"));
  }
  return id < spec_.inputs.size() ? spec_.inputs[id]
                                  : spec_.blocks[id - spec_.inputs.size()].block->output();
}

NetworkSpec NetworkBuilder::finish() {
  if (spec_.blocks.empty()) throw Error(str("network '", spec_.name, "' has no block"));
  return std::move(spec_);
}

}  // namespace tailor
