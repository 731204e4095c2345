// Walking a tree of networks.
#include "trainers/shared_nets.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>

#include "supernet/ops/norms.h"

namespace tailor::train {

using supernet::GraphNet;
using supernet::RunMode;

namespace {

/// One block as a network; inputs of the block come in any layout.
NetworkSpec network_of(const PrefixTree::Node& node) {
  NetworkSpec spec{
      .name = node.block->name, .workload = {}, .inputs = node.block->inputs, .blocks = {}};
  BlockUse use{node.block, {}};
  for (size_t i = 0; i < node.block->inputs.size(); ++i) use.inputs.push_back(static_cast<int>(i));
  spec.blocks.push_back(std::move(use));
  return spec;
}

bool has_batch_norm(const Block& block) {
  return std::any_of(block.nodes.begin(), block.nodes.end(),
                     [](const Node& node) { return node.op->kind() == BatchNorm::kKind; });
}

/// Lets go of what nothing below node `to` reads.
void keep_needed(std::vector<at::Tensor>& values, const PrefixTree::Node& to) {
  for (size_t v = 0; v < values.size(); ++v) {
    if (!std::binary_search(to.needs.begin(), to.needs.end(), static_cast<int>(v))) {
      values[v].reset();
    }
  }
}

}  // namespace

SharedNets::SharedNets(std::span<const NetworkSpec> networks, const supernet::ParameterStore& store)
    : tree_(networks), normalises_(tree_.nodes.size(), false) {
  for (const PrefixTree::Node& node : tree_.nodes) nets_.emplace_back(network_of(node), store);
  for (size_t n = tree_.nodes.size(); n-- > 0;) {
    normalises_[n] = has_batch_norm(*tree_.nodes[n].block);
    for (size_t child : tree_.nodes[n].children) {
      normalises_[n] = normalises_[n] || normalises_[child];
    }
  }
}

void SharedNets::recalibrate(const at::Tensor& images) {
  start(images, {RunMode::recalibrate, nullptr});
}

void SharedNets::evaluate(const at::Tensor& images,
                          const std::function<void(size_t, const at::Tensor&)>& done) {
  start(images, {RunMode::eval, &done});
}

void SharedNets::start(const at::Tensor& images, const Walk& walk) {
  at::NoGradGuard no_grad;
  const bool map = images.dim() == 4;
  descend(tree_.roots, {map ? images.contiguous(at::MemoryFormat::ChannelsLast) : images}, walk);
}

void SharedNets::descend(const std::vector<size_t>& children, Values values, const Walk& walk) {
  for (size_t i = 0; i < children.size(); ++i) {
    const size_t child = children[i];
    if (walk.mode == RunMode::recalibrate && !normalises_[child]) continue;
    Values below = i + 1 == children.size() ? std::move(values) : values;
    keep_needed(below, tree_.nodes[child]);
    visit(child, std::move(below), walk);
  }
}

void SharedNets::visit(size_t n, Values values, const Walk& walk) {
  const PrefixTree::Node& node = tree_.nodes[n];
  std::vector<at::Tensor> inputs;
  for (int value : node.inputs) inputs.push_back(values[static_cast<size_t>(value)]);
  at::Tensor out = nets_[n].forward(inputs, walk.mode);
  inputs.clear();
  if (walk.done) {
    for (size_t network : node.networks) (*walk.done)(network, out);
  }
  values.push_back(std::move(out));
  descend(node.children, std::move(values), walk);
}

}  // namespace tailor::train
