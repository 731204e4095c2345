// Where blocks are cut, and when two pieces are the same.
#include "supernet/space/pieces.h"

#include <numeric>

#include "core/error.h"
#include "supernet/space/passes.h"

namespace tailor {
namespace {

void append(std::string& key, const WeightRef& ref) {
  key += str(" ", ref.name, ":", role_name(ref.role));
  for (const Dim& dim : ref.dims) key += str(" ", dim.full, "/", dim.begin, "+", dim.count);
  key += str(" f", join(ref.fold, ","));
  for (const WeightStep& step : ref.steps) {
    const auto& transform = std::get<KernelTransform>(step);
    key += str(" t", transform.size, ":", transform.matrix);
  }
}

/// Everything that decides a piece's output; labels and initialisers do not.
std::string content_key(const Block& piece) {
  std::string key;
  for (const Shape& shape : piece.inputs) key += shape_text(shape);
  for (const Node& node : piece.nodes) {
    key += str("; ", node.op->text(), " of ", join(node.inputs, ","));
    for (const WeightRef& ref : node.weights) append(key, ref);
    key += shape_text(node.shape);
  }
  return key;
}

/// Does node `n` go on where the node before it ended, as its only reader and without a main weight
/// of its own?
bool continues(const Block& block, size_t n, const std::vector<int>& readers) {
  const Node& node = block.nodes[n];
  const auto before = static_cast<int>(block.inputs.size() + n) - 1;
  return n > 0 && node.inputs.size() == 1 && node.inputs[0] == before &&
         readers[static_cast<size_t>(before)] == 1 && node.weight(Role::weight) == nullptr;
}

/// Number of `value` among the piece's inputs, added where it is new.
int input_of(std::vector<int>& inputs, int value) {
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i] == value) return static_cast<int>(i);
  }
  inputs.push_back(value);
  return static_cast<int>(inputs.size()) - 1;
}

/// Nodes [begin, end) of a block as a block of their own. value_of: number outside of each value of
/// the block that may be read; inputs: the numbers it reads, filled in.
Block piece_of(const Block& block, size_t begin, size_t end, const std::vector<int>& value_of,
               std::vector<int>& inputs) {
  Block piece{.name = block.nodes[begin].name, .inputs = {}, .nodes = {}, .key = {}};
  Node head = block.nodes[begin];
  for (int& value : head.inputs) {
    const auto from = static_cast<size_t>(value), outside = block.inputs.size();
    value = input_of(inputs, value_of[from]);
    if (inputs.size() > piece.inputs.size()) {
      piece.inputs.push_back(from < outside ? block.inputs[from]
                                            : block.nodes[from - outside].shape);
    }
  }
  piece.nodes.push_back(std::move(head));
  for (size_t n = begin + 1; n < end; ++n) {
    const auto before = static_cast<int>(piece.inputs.size() + piece.nodes.size()) - 1;
    piece.nodes.push_back(block.nodes[n]);
    piece.nodes.back().inputs = {before};
  }
  for (const Node& node : piece.nodes) piece.macs += node.macs;
  return piece;
}

}  // namespace

std::shared_ptr<const Block> PieceCutter::shared(Block piece) {
  auto& slot = pieces_[content_key(piece)];
  if (!slot) slot = std::make_shared<const Block>(std::move(piece));
  return slot;
}

const std::vector<BlockUse>& PieceCutter::cut_block(const std::shared_ptr<const Block>& block) {
  auto [it, fresh] = cuts_.try_emplace(block);
  std::vector<BlockUse>& pieces = it->second;
  if (!fresh) return pieces;
  const std::vector<int> readers = count_readers(*block);
  const size_t outside = block->inputs.size();
  std::vector<int> value_of(outside);  // block value -> outside value, or those and then pieces
  std::iota(value_of.begin(), value_of.end(), 0);
  for (size_t n = 0, end = 0; n < block->nodes.size(); n = end) {
    for (end = n + 1; end < block->nodes.size() && continues(*block, end, readers);) ++end;
    BlockUse use;
    Block piece = piece_of(*block, n, end, value_of, use.inputs);
    use.block = shared(std::move(piece));
    // Only the last value of a piece is read outside of it.
    value_of.resize(outside + end, static_cast<int>(outside + pieces.size()));
    pieces.push_back(std::move(use));
  }
  return pieces;
}

NetworkSpec PieceCutter::cut(const NetworkSpec& spec) {
  NetworkSpec out{
      .name = spec.name, .workload = spec.workload, .inputs = spec.inputs, .blocks = {}};
  std::vector<int> value_of;  // value of `spec` -> value of `out`
  for (size_t i = 0; i < spec.inputs.size(); ++i) value_of.push_back(static_cast<int>(i));
  for (const BlockUse& use : spec.blocks) {
    std::vector<int> local;  // value of the cut block -> value of `out`
    for (int value : use.inputs) local.push_back(value_of[static_cast<size_t>(value)]);
    for (const BlockUse& piece : cut_block(use.block)) {
      BlockUse renumbered{piece.block, {}};
      for (int value : piece.inputs) renumbered.inputs.push_back(local[static_cast<size_t>(value)]);
      local.push_back(static_cast<int>(out.inputs.size() + out.blocks.size()));
      out.blocks.push_back(std::move(renumbered));
    }
    value_of.push_back(local.back());
  }
  return out;
}

}  // namespace tailor
