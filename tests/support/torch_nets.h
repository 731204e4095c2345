// Networks with weights for tests: random tensors, stores whose every value matters, comparisons,
// and a spec cut into blocks of one node.
#pragma once

#include <ATen/ATen.h>

#include <memory>
#include <string>
#include <vector>

#include "core/rng.h"
#include "supernet/space/search_space.h"
#include "supernet/torch/graph_net.h"

namespace tailor::test {

/// Standard normal, times `scale`, plus `shift`.
inline at::Tensor random_tensor(const Shape& shape, uint64_t seed, double scale = 1,
                                double shift = 0) {
  at::Tensor out = at::empty(shape);
  Rng rng(seed);
  auto* p = out.data_ptr<float>();
  for (int64_t i = 0; i < out.numel(); ++i) {
    p[i] = static_cast<float>(rng.normal() * scale + shift);
  }
  return out;
}

/// Input of a network with `batch` images.
inline at::Tensor random_input(const NetworkSpec& spec, int64_t batch, uint64_t seed) {
  Shape shape = spec.inputs[0];
  shape[0] = batch;
  return random_tensor(shape, seed);
}

/// Largest difference by the largest magnitude of `want`; infinite when shapes differ.
inline double relative_error(const at::Tensor& got, const at::Tensor& want) {
  if (got.sizes() != want.sizes()) return INFINITY;
  const at::Tensor w = want.detach().to(at::kDouble);
  const at::Tensor difference = (got.detach().to(at::kDouble) - w).abs();
  const double scale = w.abs().max().item<double>();
  return difference.max().item<double>() / std::max(scale, 1e-30);
}

inline bool same_bits(const at::Tensor& a, const at::Tensor& b) {
  return a.sizes() == b.sizes() && a.eq(b).all().item<bool>();
}

/// Initial values, then norms, biases, statistics and kernel matrices moved away from 0 and 1, so
/// that leaving one out shows.
inline supernet::ParameterStore random_store(const SearchSpace& space, uint64_t seed) {
  auto store = supernet::ParameterStore::of_space(space);
  store.initialise(Rng(seed));
  for (const supernet::Parameter& p : store.parameters()) {
    if (p.role == Role::weight) continue;
    const at::Tensor noise = random_tensor(p.shape, seed ^ fnv1a(p.name), 0.1);
    at::Tensor view = store.view(p.name);
    if (p.role == Role::running_var)
      view.mul_(noise.exp());
    else
      view.add_(noise);
  }
  return store;
}

/// The same network with every node in a block of its own: nothing can be fused or folded, and any
/// node's output can be tapped by the node's name.
inline NetworkSpec one_node_blocks(const NetworkSpec& spec) {
  NetworkSpec out{spec.name, spec.workload, spec.inputs, {}};
  std::vector<int> values;  // of `spec`, as values of `out`
  for (size_t i = 0; i < spec.inputs.size(); ++i) values.push_back(static_cast<int>(i));
  for (const BlockUse& use : spec.blocks) {
    std::vector<int> inside;
    std::vector<Shape> shapes = use.block->inputs;
    for (int value : use.inputs) inside.push_back(values[static_cast<size_t>(value)]);
    for (const Node& node : use.block->nodes) {
      auto block = std::make_shared<Block>();
      block->name = node.name;
      BlockUse single;
      Node copy = node;
      for (size_t i = 0; i < node.inputs.size(); ++i) {
        const auto from = static_cast<size_t>(node.inputs[i]);
        block->inputs.push_back(shapes[from]);
        single.inputs.push_back(inside[from]);
        copy.inputs[i] = static_cast<int>(i);
      }
      block->nodes.push_back(std::move(copy));
      single.block = std::move(block);
      out.blocks.push_back(std::move(single));
      shapes.push_back(node.shape);
      inside.push_back(static_cast<int>(out.inputs.size() + out.blocks.size()) - 1);
    }
    values.push_back(inside.back());
  }
  return out;
}

/// Every weight reference of a network.
inline std::vector<WeightRef> references(const NetworkSpec& spec) {
  std::vector<WeightRef> out;
  for (const BlockUse& use : spec.blocks) {
    for (const Node& node : use.block->nodes) {
      out.insert(out.end(), node.weights.begin(), node.weights.end());
    }
  }
  return out;
}

}  // namespace tailor::test
