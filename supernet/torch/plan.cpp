// Planning: numbering values, fusing, finding last readers.
#include "supernet/torch/plan.h"

#include <algorithm>

#include "core/error.h"
#include "supernet/ops/activation.h"
#include "supernet/ops/norms.h"
#include "supernet/space/passes.h"

namespace tailor::supernet {
namespace {

class Planner {
 public:
  explicit Planner(const NetworkSpec& spec) : spec_(spec) {}

  Plan run() {
    for (size_t i = 0; i < spec_.inputs.size(); ++i) network_values_.push_back(plan_.slots++);
    for (const BlockUse& use : spec_.blocks) add_block(use);
    plan_.output = network_values_.back();
    find_last_readers();
    return std::move(plan_);
  }

 private:
  void add_block(const BlockUse& use) {
    const Block& block = *use.block;
    const std::vector<int> readers = count_readers(block);
    const size_t inputs = block.inputs.size();
    std::vector<int> slots;  // of the block's values
    for (int value : use.inputs) slots.push_back(network_values_[static_cast<size_t>(value)]);
    for (size_t n = 0; n < block.nodes.size(); ++n) {
      const Node& node = block.nodes[n];
      const bool alone = node.inputs.size() == 1 && node.inputs[0] >= static_cast<int>(inputs) &&
                         readers[static_cast<size_t>(node.inputs[0])] == 1;
      if (alone && fuse_activation(node, slots[static_cast<size_t>(node.inputs[0])])) {
        slots.push_back(plan_.steps.back().output);
        continue;
      }
      PlanStep step{.node = &node,
                    .kernel = find_kernel(node.op->kind()),
                    .inputs = {},
                    .output = plan_.slots++,
                    .frees = {}};
      for (int value : node.inputs) step.inputs.push_back(slots[static_cast<size_t>(value)]);
      if (alone && node.op->kind() == BatchNorm::kKind) fold_norm(step);
      slots.push_back(step.output);
      plan_.steps.push_back(std::move(step));
    }
    plan_.steps.back().tap = block.name;
    network_values_.push_back(slots.back());
  }

  /// Joins an activation to the batch norm right before it.
  bool fuse_activation(const Node& node, int input) {
    if (plan_.steps.empty() || node.op->kind() != Activation::kKind) return false;
    PlanStep& last = plan_.steps.back();
    const std::string& function = static_cast<const Activation&>(*node.op).function;
    if (last.node->op->kind() != BatchNorm::kKind || last.output != input ||
        !last.fused_activation.empty() || !norm_fuses(function)) {
      return false;
    }
    last.fused_activation = function;
    return true;
  }

  void fold_norm(PlanStep& step) const {
    if (plan_.steps.empty()) return;
    const PlanStep& last = plan_.steps.back();
    if (last.node->op->kind() == "conv2d" && last.output == step.inputs[0]) {
      step.folds_into = static_cast<int>(plan_.steps.size()) - 1;
    }
  }

  void find_last_readers() {
    std::vector<int> last(static_cast<size_t>(plan_.slots), -1);
    for (size_t s = 0; s < plan_.steps.size(); ++s) {
      for (int slot : plan_.steps[s].inputs) last[static_cast<size_t>(slot)] = static_cast<int>(s);
    }
    // A view shares memory with its source: neither it nor what it came from may be overwritten.
    std::vector<bool> shared(static_cast<size_t>(plan_.slots), false);
    for (size_t i = 0; i < spec_.inputs.size(); ++i) shared[i] = true;
    for (const PlanStep& step : plan_.steps) {
      const bool view = step.node->op->kind() == "reshape" ||
                        (step.node->op->kind() == Activation::kKind &&
                         static_cast<const Activation&>(*step.node->op).function == "identity");
      if (!view) continue;
      shared[static_cast<size_t>(step.output)] = true;
      shared[static_cast<size_t>(step.inputs[0])] = true;
    }
    for (size_t s = 0; s < plan_.steps.size(); ++s) {
      PlanStep& step = plan_.steps[s];
      for (int slot : step.inputs) {
        const bool here = last[static_cast<size_t>(slot)] == static_cast<int>(s);
        if (here && slot != plan_.output) step.frees.push_back(slot);
      }
      const auto first = static_cast<size_t>(step.inputs[0]);
      const bool once = std::count(step.inputs.begin(), step.inputs.end(), step.inputs[0]) == 1;
      step.may_overwrite = once && !shared[first] && last[first] == static_cast<int>(s);
    }
  }

  const NetworkSpec& spec_;
  Plan plan_;
  std::vector<int> network_values_;  // slot of each network value
};

}  // namespace

Plan make_plan(const NetworkSpec& spec) { return Planner(spec).run(); }

}  // namespace tailor::supernet
