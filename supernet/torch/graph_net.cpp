// Binding a network to a store and walking its plan.
#include "supernet/torch/graph_net.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/autograd.h>

#include <optional>

#include "core/error.h"
#include "supernet/ops/norms.h"
#include "supernet/space/passes.h"
#include "supernet/torch/plan.h"
#include "supernet/torch/weight_view.h"

namespace tailor::supernet {
namespace {

/// One weight of one step: the leaf that autograd sees, a view of the stored parameter.
struct BoundWeight {
  const WeightRef* ref = nullptr;
  at::Tensor leaf;
};

struct BoundStep {
  std::vector<BoundWeight> weights;
  std::vector<at::Tensor> eval_weights;  // values, in order; norms folded
  std::optional<Node> folded;            // the node that eval runs when folding gave it a bias
  NormStatistics statistics;
};

at::Tensor detached(const at::Tensor& value) {
  return value.detach().clone(at::MemoryFormat::Contiguous);
}

}  // namespace

struct GraphNet::Impl {
  NetworkSpec spec;
  const ParameterStore& store;
  at::Tensor gradients;
  Plan plan;
  std::vector<BoundStep> bound;
  std::map<std::string, at::Tensor> matrices;
  std::vector<at::Tensor> leaves, leaf_gradients;  // of trainable weights, in one order
  bool eval_ready = false;

  Impl(NetworkSpec s, const ParameterStore& p, at::Tensor g)
      : spec(std::move(s)), store(p), gradients(std::move(g)), plan(make_plan(spec)) {
    for (const PlanStep& step : plan.steps) {
      BoundStep& b = bound.emplace_back();
      for (const WeightRef& ref : step.node->weights) b.weights.push_back(bind(ref));
    }
  }

  BoundWeight bind(const WeightRef& ref) {
    for (const WeightStep& step : ref.steps) {
      at::Tensor& matrix = matrices[std::get<KernelTransform>(step).matrix];
      if (!matrix.defined()) matrix = leaf(matrix_reference(step));
    }
    return {&ref, leaf(ref)};
  }

  at::Tensor leaf(const WeightRef& ref) {
    at::Tensor view = used_view(store.view(ref.name).detach(), ref);
    if (gradients.defined() && ref.trainable() && !store.parameter(ref.name).frozen) {
      view.requires_grad_();
      leaves.push_back(view);
      leaf_gradients.push_back(used_view(store.view_in(gradients, store.parameter(ref.name)), ref));
    }
    return view;
  }

  at::Tensor value(const BoundWeight& w) const {
    return weight_value(w.leaf, *w.ref,
                        [this](const std::string& name) { return matrices.at(name); });
  }

  NormStatistics& statistics(size_t s) {
    NormStatistics& stats = bound[s].statistics;
    if (!stats.mean.defined()) {
      const Node& node = *plan.steps[s].node;
      for (size_t i = 0; i < node.weights.size(); ++i) {
        if (node.weights[i].role == Role::running_mean) {
          stats.mean = detached(value(bound[s].weights[i]));
        }
        if (node.weights[i].role == Role::running_var) {
          stats.var = detached(value(bound[s].weights[i]));
        }
      }
    }
    return stats;
  }

  void prepare_eval() {
    at::NoGradGuard no_grad;
    for (size_t s = 0; s < bound.size(); ++s) {
      bound[s].eval_weights.clear();
      bound[s].folded.reset();
      for (const BoundWeight& w : bound[s].weights) {
        at::Tensor v = value(w).detach();
        const auto format =
            v.dim() == 4 ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous;
        bound[s].eval_weights.push_back(v.contiguous(format));
      }
    }
    for (size_t s = 0; s < bound.size(); ++s) {
      if (plan.steps[s].node->op->kind() != BatchNorm::kKind) continue;
      statistics(s);
      if (plan.steps[s].folds_into >= 0)
        fold_norm(s, static_cast<size_t>(plan.steps[s].folds_into));
    }
    eval_ready = true;
  }

  /// w' = w * scale / std, b' = (b - mean) * scale / std + shift. The new bias comes last.
  void fold_norm(size_t norm, size_t conv) {
    const auto& op = static_cast<const BatchNorm&>(*plan.steps[norm].node->op);
    const NormStatistics& stats = statistics(norm);
    const KernelCall call{
        .node = *plan.steps[norm].node, .inputs = {}, .weights = bound[norm].eval_weights};
    const at::Tensor factor = call.weight(Role::scale) * at::rsqrt(stats.var + op.eps);
    BoundStep& to = bound[conv];
    Node node = *plan.steps[conv].node;
    at::Tensor bias = -stats.mean;
    std::vector<at::Tensor> weights;
    std::vector<WeightRef> refs;
    for (size_t i = 0; i < node.weights.size(); ++i) {
      if (node.weights[i].role == Role::bias) {
        bias = to.eval_weights[i] - stats.mean;
        continue;
      }
      weights.push_back(to.eval_weights[i] * factor.view({-1, 1, 1, 1}));
      refs.push_back(node.weights[i]);
    }
    weights.push_back(bias * factor + call.weight(Role::shift));
    refs.push_back(WeightRef{.name = "folded", .role = Role::bias});
    node.weights = std::move(refs);
    to.eval_weights = std::move(weights);
    to.folded = std::move(node);
  }

  void check_inputs(std::span<const at::Tensor> inputs) const;
  at::Tensor run_step(size_t s, std::vector<at::Tensor>& slots, RunMode mode, bool keep);
  at::Tensor walk(std::span<const at::Tensor> inputs, RunMode mode, Taps* taps);

  SequenceState* state = nullptr;  // of the call under way
};

void GraphNet::Impl::check_inputs(std::span<const at::Tensor> inputs) const {
  if (inputs.size() != spec.inputs.size()) {
    throw ShapeError(str("network '", spec.name, "' takes ", spec.inputs.size(), " inputs, got ",
                         inputs.size()));
  }
  for (size_t i = 0; i < inputs.size(); ++i) {
    const Shape& want = spec.inputs[i];
    const at::IntArrayRef got = inputs[i].sizes();
    const auto free = std::min<size_t>(static_cast<size_t>(spec.free_dims), want.size());
    const auto fixed = static_cast<std::ptrdiff_t>(free);
    if (got.size() != want.size() ||
        !std::equal(want.begin() + fixed, want.end(), got.begin() + fixed)) {
      throw ShapeError(str("network '", spec.name, "' takes ", shape_text(want),
                           free > 1 ? " with any batch and tokens, got " : " with any batch, got ",
                           shape_text(got.vec())));
    }
  }
}

at::Tensor GraphNet::Impl::run_step(size_t s, std::vector<at::Tensor>& slots, RunMode mode,
                                    bool keep) {
  const PlanStep& step = plan.steps[s];
  std::vector<at::Tensor> inputs;
  for (int slot : step.inputs) inputs.push_back(slots[static_cast<size_t>(slot)]);
  const bool eval = mode == RunMode::eval;
  if (eval && step.folds_into >= 0) {
    return step.fused_activation.empty() ? inputs[0]
                                         : apply_activation(inputs[0], step.fused_activation, true);
  }
  std::vector<at::Tensor> values;
  if (!eval) {
    for (const BoundWeight& w : bound[s].weights) {
      values.push_back(w.ref->trainable() ? value(w) : at::Tensor());
    }
  }
  return step.kernel({.node = eval && bound[s].folded ? *bound[s].folded : *step.node,
                      .inputs = inputs,
                      .weights = eval ? bound[s].eval_weights : values,
                      .mode = mode,
                      .statistics = &bound[s].statistics,
                      .fused_activation = step.fused_activation,
                      .may_overwrite = step.may_overwrite && !keep,
                      .state = state ? &state->nodes[s] : nullptr});
}

at::Tensor GraphNet::Impl::walk(std::span<const at::Tensor> inputs, RunMode mode, Taps* taps) {
  const bool keep = at::GradMode::is_enabled() || taps != nullptr;
  std::vector<at::Tensor> slots(static_cast<size_t>(plan.slots));
  std::copy(inputs.begin(), inputs.end(), slots.begin());
  for (size_t s = 0; s < plan.steps.size(); ++s) {
    const PlanStep& step = plan.steps[s];
    at::Tensor out = run_step(s, slots, mode, keep);
    for (int slot : step.frees) slots[static_cast<size_t>(slot)].reset();
    slots[static_cast<size_t>(step.output)] = std::move(out);
    if (taps && !step.tap.empty()) {
      const std::string name(step.tap);
      if (std::find(taps->blocks.begin(), taps->blocks.end(), name) != taps->blocks.end()) {
        taps->values[name] = slots[static_cast<size_t>(step.output)];
      }
    }
  }
  return slots[static_cast<size_t>(plan.output)];
}

int64_t SequenceState::bytes() const {
  int64_t sum = 0;
  for (const NodeState& node : nodes) {
    for (const at::Tensor& tensor : node.tensors) sum += static_cast<int64_t>(tensor.nbytes());
  }
  return sum;
}

GraphNet::GraphNet(NetworkSpec spec, const ParameterStore& store, at::Tensor gradients)
    : impl_(std::make_unique<Impl>(std::move(spec), store, std::move(gradients))) {}
GraphNet::~GraphNet() = default;
GraphNet::GraphNet(GraphNet&&) noexcept = default;

at::Tensor GraphNet::forward(const at::Tensor& x, RunMode mode, Taps* taps) {
  const at::Tensor input = x.dim() == 4 ? x.contiguous(at::MemoryFormat::ChannelsLast) : x;
  return forward(std::span(&input, 1), mode, taps);
}

at::Tensor GraphNet::forward(std::span<const at::Tensor> inputs, RunMode mode, Taps* taps) {
  impl_->check_inputs(inputs);
  if (mode == RunMode::recalibrate) impl_->eval_ready = false;
  if (mode == RunMode::eval && !impl_->eval_ready) impl_->prepare_eval();
  const bool wanted =
      impl_->gradients.defined() ||
      std::any_of(inputs.begin(), inputs.end(), [](const auto& x) { return x.requires_grad(); });
  at::AutoGradMode grad_mode(mode == RunMode::train && wanted && at::GradMode::is_enabled());
  return impl_->walk(inputs, mode, taps);
}

at::Tensor GraphNet::forward(const at::Tensor& ids, SequenceState& state) {
  impl_->check_inputs(std::span(&ids, 1));
  if (!impl_->eval_ready) impl_->prepare_eval();
  state.nodes.resize(impl_->plan.steps.size());
  for (NodeState& node : state.nodes) {
    node.position = state.tokens;
    node.capacity = state.capacity;
  }
  at::NoGradGuard no_grad;
  impl_->state = &state;
  at::Tensor out;
  try {
    out = impl_->walk(std::span(&ids, 1), RunMode::eval, nullptr);
  } catch (...) {
    impl_->state = nullptr;
    throw;
  }
  impl_->state = nullptr;
  state.tokens += ids.size(1);
  return out;
}

void GraphNet::backward(const at::Tensor& loss) {
  const auto found = torch::autograd::grad({loss}, impl_->leaves, {}, std::nullopt, false, true);
  at::NoGradGuard no_grad;
  for (size_t i = 0; i < found.size(); ++i) {
    if (found[i].defined()) impl_->leaf_gradients[i].add_(found[i]);
  }
}

void GraphNet::reset_statistics() {
  for (BoundStep& b : impl_->bound) b.statistics = {};
  impl_->eval_ready = false;
}

void GraphNet::fold_statistics(ParameterStore& store) const {
  at::NoGradGuard no_grad;
  for (size_t s = 0; s < impl_->bound.size(); ++s) {
    const NormStatistics& stats = impl_->bound[s].statistics;
    if (!stats.batch_mean.defined()) continue;
    const Node& node = *impl_->plan.steps[s].node;
    const double momentum = static_cast<const BatchNorm&>(*node.op).momentum;
    const double n = static_cast<double>(stats.batch_count);
    const at::Tensor var = stats.batch_var * (n / std::max(n - 1, 1.0));
    for (const WeightRef& ref : node.weights) {
      if (ref.trainable()) continue;
      const at::Tensor& batch = ref.role == Role::running_mean ? stats.batch_mean : var;
      used_view(store.view(ref.name), ref).lerp_(batch, momentum);
    }
  }
}

const NetworkSpec& GraphNet::spec() const { return impl_->spec; }

std::map<std::string, at::Tensor> GraphNet::weights() const {
  at::NoGradGuard no_grad;
  std::map<std::string, at::Tensor> out;
  for (size_t s = 0; s < impl_->bound.size(); ++s) {
    for (const BoundWeight& w : impl_->bound[s].weights) {
      if (w.ref->trainable())
        out[w.ref->name] = detached(impl_->value(w));
      else if (w.ref->role == Role::running_mean) {
        out[w.ref->name] = detached(impl_->statistics(s).mean);
      } else {
        out[w.ref->name] = detached(impl_->statistics(s).var);
      }
    }
  }
  return out;
}

}  // namespace tailor::supernet
