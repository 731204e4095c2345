// Optimisers over the flat buffer of a ParameterStore: one pass a step.
#pragma once

#include <ATen/core/Tensor.h>

#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/config_node.h"
#include "supernet/torch/parameter_store.h"

namespace tailor::train {

struct OptimizerOptions {
  std::string name = "sgd";
  double momentum = 0.9, weight_decay = 3e-5, beta2 = 0.999, eps = 1e-8;
  bool nesterov = true;

  static OptimizerOptions read(const ConfigNode& cfg);
};

/// Weight decay is left out for norms and biases (by role) and what the store holds frozen when
/// this is made. Not thread-safe.
class Optimizer {
 public:
  /// store: the layout; values are passed to step.
  Optimizer(const OptimizerOptions& options, const supernet::ParameterStore& store);

  /// Sums `gradients` (flat, one a shard, in order) into the first, updates `values`, zeroes all
  /// gradients. clip_norm > 0 scales the summed gradient down to that norm. Returns its norm before
  /// clipping.
  double step(const at::Tensor& values, std::span<at::Tensor> gradients, double lr,
              double clip_norm);

  /// Flat state tensors by name (momentum, ...), for checkpoints; change them in place to restore.
  const std::map<std::string, at::Tensor>& state() const { return state_; }
  int64_t steps() const { return steps_; }
  void set_steps(int64_t steps) { steps_ = steps; }

 private:
  OptimizerOptions options_;
  std::vector<float> decay_;
  std::map<std::string, at::Tensor> state_;
  int64_t steps_ = 0;
};

}  // namespace tailor::train
