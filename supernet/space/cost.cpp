// Counting a network's cost; peak memory from the live range of every value.
#include "supernet/space/cost.h"

#include <algorithm>
#include <numeric>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace tailor {
namespace {

/// For each value, the step (block or node) after which it is dead. The last value is the result
/// and outlives all steps; one that nobody reads dies where it is made.
template <class Steps>
std::vector<int> last_readers(size_t inputs, const Steps& steps) {
  std::vector<int> last(inputs + steps.size(), -1);
  for (size_t n = 0; n < steps.size(); ++n) {
    last[inputs + n] = static_cast<int>(n);
    for (int value : steps[n].inputs) last[static_cast<size_t>(value)] = static_cast<int>(n);
  }
  last.back() = static_cast<int>(steps.size());
  return last;
}

/// Most elements alive inside a block. `dies` says which of its inputs may be freed in it.
int64_t block_peak(const Block& block, const std::vector<bool>& dies) {
  const size_t inputs = block.inputs.size();
  std::vector<int> last = last_readers(inputs, block.nodes);
  std::vector<int64_t> sizes;
  for (const Shape& shape : block.inputs) sizes.push_back(numel(shape));
  int64_t alive = std::accumulate(sizes.begin(), sizes.end(), int64_t{0});
  for (const Node& node : block.nodes) sizes.push_back(numel(node.shape));
  for (size_t v = 0; v < inputs; ++v) {
    if (!dies[v]) last[v] = static_cast<int>(block.nodes.size());
  }
  int64_t peak = alive;
  auto free_after = [&](size_t value, size_t n) {
    if (last[value] != static_cast<int>(n)) return;
    alive -= sizes[value];
    last[value] = -1;  // read twice by one node, freed once
  };
  for (size_t n = 0; n < block.nodes.size(); ++n) {
    alive += sizes[inputs + n];
    peak = std::max(peak, alive);
    for (int value : block.nodes[n].inputs) free_after(static_cast<size_t>(value), n);
    free_after(inputs + n, n);
  }
  return peak;
}

int64_t peak_elements(const NetworkSpec& spec) {
  const size_t inputs = spec.inputs.size();
  std::vector<int> last = last_readers(inputs, spec.blocks);
  std::vector<int64_t> sizes;
  for (const Shape& shape : spec.inputs) sizes.push_back(numel(shape));
  int64_t alive = std::accumulate(sizes.begin(), sizes.end(), int64_t{0});
  int64_t peak = alive;
  for (size_t b = 0; b < spec.blocks.size(); ++b) {
    const BlockUse& use = spec.blocks[b];
    sizes.push_back(numel(use.block->output()));
    std::vector<bool> dies;
    int64_t others = alive;
    for (size_t i = 0; i < use.inputs.size(); ++i) {
      const auto value = static_cast<size_t>(use.inputs[i]);
      dies.push_back(last[value] == static_cast<int>(b));
      others -= sizes[value];
    }
    peak = std::max(peak, others + block_peak(*use.block, dies));
    alive += sizes[inputs + b];
    for (size_t v = 0; v <= inputs + b; ++v) {
      if (last[v] != static_cast<int>(b)) continue;
      alive -= sizes[v];
      last[v] = -1;
    }
  }
  return peak;
}

}  // namespace

Cost network_cost(const NetworkSpec& spec) {
  Cost cost;
  int64_t weights = 0;
  std::unordered_set<std::string_view> counted;
  counted.reserve(1024);
  for (const BlockUse& use : spec.blocks) {
    cost.macs += use.block->macs;
    cost.state_bytes += use.block->state_bytes;
    for (const Node& node : use.block->nodes) {
      for (const WeightRef& ref : node.weights) {
        if (!counted.insert(ref.name).second) continue;
        const int64_t size = ref.used_elements();
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
