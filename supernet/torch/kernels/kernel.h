// What a kernel gets and gives; one kernel an operation, found by kind.
#pragma once

#include <ATen/core/Tensor.h>

#include <span>
#include <string_view>
#include <vector>

#include "supernet/space/network_spec.h"

namespace tailor::supernet {

/// train: batch statistics, remembered; eval: stored statistics; recalibrate: batch statistics,
/// accumulated (OFA's BN recalibration).
enum class RunMode { train, eval, recalibrate };

/// Statistics of one batch norm of one bound network.
struct NormStatistics {
  at::Tensor mean, var;              ///< what eval uses
  at::Tensor batch_mean, batch_var;  ///< of the last training batch, biased
  double images = 0;                 ///< accumulated while recalibrating
  int64_t batch_count = 0;           ///< elements a channel in the last training batch
};

/// What one node remembers of the sequences read so far, in whatever form its kernel keeps it.
struct NodeState {
  std::vector<at::Tensor> tensors = {};
  int64_t position = 0;  ///< tokens read before this call
  int64_t capacity = 0;  ///< tokens that will be read in all; 0: not known
};

struct KernelCall {
  const Node& node;
  std::span<const at::Tensor> inputs;
  std::span<const at::Tensor> weights;  ///< values, in the order of node.weights
  RunMode mode = RunMode::eval;
  NormStatistics* statistics = nullptr;    ///< batch norms only
  std::string_view fused_activation = {};  ///< function the kernel applies to its result, or empty
  bool may_overwrite = false;              ///< inputs[0] has no other reader
  NodeState* state = nullptr;              ///< what the node remembers of its sequences; null: none

  /// The weight with this role; undefined when the node has none.
  at::Tensor weight(Role role) const;
};

using Kernel = at::Tensor(const KernelCall& call);

/// Throws UnknownNameError for an operation without a kernel.
Kernel* find_kernel(std::string_view kind);

/// An activation by name (at::relu, ...); in place when asked for.
at::Tensor apply_activation(const at::Tensor& x, std::string_view function, bool in_place);
/// True when the batch norm kernel can apply this function itself.
bool norm_fuses(std::string_view function);

}  // namespace tailor::supernet
