// Counting the work of blocks.
#include "predictors/cost_features.h"

#include <algorithm>

#include "core/error.h"

namespace tailor::predict {
namespace {

enum Kind { dense_macs, depthwise_macs, elements, weights, nodes, blocks, grouped_elements };

const Shape& input_shape(const Block& block, int value) {
  const auto index = static_cast<size_t>(value);
  return index < block.inputs.size() ? block.inputs[index]
                                     : block.nodes[index - block.inputs.size()].shape;
}

/// Groups of a convolution, from how many channels its kernels see; 1 for everything else.
int64_t groups(const Block& block, const Node& node) {
  const WeightRef* weight = node.weight(Role::weight);
  if (weight == nullptr || node.inputs.empty()) return 1;
  const Shape used = weight->used_shape();
  const Shape& x = input_shape(block, node.inputs[0]);
  return used.size() == 4 && x.size() == 4 ? x[1] / std::max<int64_t>(used[1], 1) : 1;
}

}  // namespace

CostFeatures::Work block_work(const Block& block) {
  CostFeatures::Work out{};
  for (const Node& node : block.nodes) {
    const auto written = static_cast<double>(numel(node.shape));
    const int64_t g = groups(block, node);
    const bool depthwise = g > 1 && g == input_shape(block, node.inputs[0])[1];
    out[depthwise ? depthwise_macs : dense_macs] += static_cast<double>(node.macs);
    if (g > 1 && !depthwise) out[grouped_elements] += written;
    out[elements] += written;
    for (int value : node.inputs) {
      out[elements] += static_cast<double>(numel(input_shape(block, value)));
    }
    for (const WeightRef& ref : node.weights) {
      out[weights] += static_cast<double>(ref.used_elements());
    }
    ++out[nodes];
  }
  out[blocks] = 1;
  return out;
}

CostFeatures::CostFeatures(const SearchSpace& space) : space_(space) {
  for (const Arch& arch : space.covering()) {
    for (const BlockUse& use : space.lower(arch).blocks) {
      blocks_.emplace(use.block->name, blocks_.size());
    }
  }
  for (const BlockUse& use : space.lower(space.largest()).blocks) {
    const Work work = block_work(*use.block);
    for (size_t k = 0; k < kKinds; ++k) unit_[k] += work[k];
  }
  for (double& unit : unit_) unit = unit > 0 ? unit : 1;
}

void CostFeatures::fill(const Arch& arch, std::span<double> out) const {
  TAILOR_CHECK(out.size() == size(), "features take ", size(), " numbers, got room for ",
               out.size());
  if (arch.size() != space_.axes().size()) {
    throw Error(str("an arch of ", arch.size(), " choices is not of space '", space_.name(),
                    "', which has ", space_.axes().size()));
  }
  std::fill(out.begin(), out.end(), 0);
  for (const BlockUse& use : space_.lower(arch).blocks) {
    const Work work = block_work(*use.block);
    const auto found = blocks_.find(use.block->name);
    for (size_t k = 0; k < kKinds; ++k) {
      const double part = work[k] / unit_[k];
      out[k] += part;
      if (found != blocks_.end()) out[kKinds * (1 + found->second) + k] += part;
    }
  }
  std::vector<float> one_hot(space_.encoding_size());
  space_.encode(arch, one_hot);
  std::copy(one_hot.begin(), one_hot.end(),
            out.begin() + static_cast<std::ptrdiff_t>(choices_begin()));
}

}  // namespace tailor::predict
