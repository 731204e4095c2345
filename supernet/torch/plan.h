// The order of work for one network: steps, value slots, what is fused, what may be freed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "supernet/space/network_spec.h"
#include "supernet/torch/kernels/kernel.h"

namespace tailor::supernet {

/// One node, or a batch norm with the activation behind it.
struct PlanStep {
  const Node* node = nullptr;
  Kernel* kernel = nullptr;
  std::vector<int> inputs;  ///< slots
  int output = -1;          ///< slot
  std::string_view fused_activation = {};
  int folds_into = -1;         ///< batch norm: the convolution step that eval folds it into
  bool may_overwrite = false;  ///< without autograd: inputs[0] has no later reader
  std::vector<int> frees;      ///< slots whose last reader this step is
  std::string_view tap = {};   ///< name of the block whose output this is
};

struct Plan {
  std::vector<PlanStep> steps;
  int slots = 0;  ///< inputs first
  int output = -1;
};

/// `spec` must outlive the plan.
Plan make_plan(const NetworkSpec& spec);

}  // namespace tailor::supernet
