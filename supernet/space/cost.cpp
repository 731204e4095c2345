// Counting a network's cost; peak memory from the live range of every value.
#include "supernet/space/cost.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace tailor {
namespace {

int64_t element_bytes(Precision precision) { return precision == Precision::f32 ? 4 : 2; }

/// Last block that reads each network value; -1 when none does. The output lives to the end.
std::vector<int> last_uses(const NetworkSpec& spec) {
  std::vector<int> last(spec.inputs.size() + spec.blocks.size(), -1);
  for (size_t b = 0; b < spec.blocks.size(); ++b) {
    for (int value : spec.blocks[b].inputs) last[static_cast<size_t>(value)] = static_cast<int>(b);
  }
  last.back() = static_cast<int>(spec.blocks.size());
  return last;
}

/// Most elements alive inside a block. `dies` says which of its inputs may be freed in it.
int64_t block_peak(const Block& block, const std::vector<bool>& dies) {
  const size_t inputs = block.inputs.size();
  const size_t total = inputs + block.nodes.size();
  std::vector<int> last(total, -1);
  for (size_t n = 0; n < block.nodes.size(); ++n) {
    for (int value : block.nodes[n].inputs) last[static_cast<size_t>(value)] = static_cast<int>(n);
  }
  last[total - 1] = static_cast<int>(block.nodes.size());
  int64_t alive = 0;
  for (size_t i = 0; i < inputs; ++i) alive += numel(block.inputs[i]);
  int64_t peak = alive;
  for (size_t n = 0; n < block.nodes.size(); ++n) {
    alive += numel(block.nodes[n].shape);
    peak = std::max(peak, alive);
    std::set<int> read(block.nodes[n].inputs.begin(), block.nodes[n].inputs.end());
    for (int value : read) {
      const auto v = static_cast<size_t>(value);
      if (last[v] != static_cast<int>(n)) continue;
      if (v >= inputs) alive -= numel(block.nodes[v - inputs].shape);
      else if (dies[v]) alive -= numel(block.inputs[v]);
    }
  }
  return peak;
}

int64_t peak_elements(const NetworkSpec& spec) {
  const std::vector<int> last = last_uses(spec);
  auto size_of = [&](int value) {
    const auto v = static_cast<size_t>(value);
    return v < spec.inputs.size() ? numel(spec.inputs[v])
                                  : numel(spec.blocks[v - spec.inputs.size()].block->output());
  };
  std::set<int> alive;
  for (size_t i = 0; i < spec.inputs.size(); ++i) alive.insert(static_cast<int>(i));
  int64_t peak = 0;
  for (size_t b = 0; b < spec.blocks.size(); ++b) {
    const BlockUse& use = spec.blocks[b];
    std::vector<bool> dies;
    std::set<int> elsewhere = alive;
    for (int value : use.inputs) {
      dies.push_back(last[static_cast<size_t>(value)] == static_cast<int>(b));
      elsewhere.erase(value);
    }
    int64_t others = 0;
    for (int value : elsewhere) others += size_of(value);
    peak = std::max(peak, others + block_peak(*use.block, dies));
    alive.insert(static_cast<int>(spec.inputs.size() + b));
    std::erase_if(alive, [&](int v) { return last[static_cast<size_t>(v)] <= static_cast<int>(b); });
  }
  return peak;
}

}  // namespace

Cost network_cost(const NetworkSpec& spec) {
  Cost cost;
  int64_t weights = 0;
  std::set<std::string> counted;
  for (const BlockUse& use : spec.blocks) {
    cost.macs += use.block->macs;
    for (const Node& node : use.block->nodes) {
      for (const WeightRef& ref : node.weights) {
        if (!counted.insert(ref.name).second) continue;
        const int64_t size = numel(ref.used_shape());
        weights += size;
        if (ref.trainable()) cost.params += size;
      }
    }
  }
  const int64_t bytes = element_bytes(spec.workload.precision);
  cost.weight_bytes = weights * bytes;
  cost.activation_bytes = peak_elements(spec) * bytes;
  return cost;
}

}  // namespace tailor
