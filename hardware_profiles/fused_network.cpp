// Joining nodes to the step before them; folding norms into weights.
#include "hardware_profiles/fused_network.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "core/error.h"
#include "supernet/ops/activation.h"
#include "supernet/ops/conv2d.h"
#include "supernet/ops/elementwise.h"
#include "supernet/ops/linear.h"
#include "supernet/ops/norms.h"

namespace tailor::hw {
namespace {

/// Operations whose kernels apply a function to their result at no cost.
bool takes_activation(std::string_view kind) {
  constexpr std::array<std::string_view, 5> kKinds = {Conv2d::kKind, Linear::kKind, Add::kKind,
                                                      Multiply::kKind, BatchNorm::kKind};
  return std::find(kKinds.begin(), kKinds.end(), kind) != kKinds.end();
}
/// A product with weights whose output channels are dimension 1.
bool is_channel_product(const FusedStep& step) {
  return step.kind() == Conv2d::kKind ||
         (step.kind() == Linear::kKind && step.node->shape.size() == 2);
}

class Fuser {
 public:
  explicit Fuser(const NetworkSpec& spec) : spec_(spec) {}

  FusedNetwork run() {
    for (const Shape& shape : spec_.inputs) network_values_.push_back(new_value(shape));
    out_.inputs = spec_.inputs.size();
    number_values();
    size_t node = 0;
    for (const BlockUse& use : spec_.blocks) {
      for (const Node& n : use.block->nodes) {
        add(n, inputs_[node], static_cast<int>(out_.inputs + node));
        ++node;
      }
    }
    out_.output = same_[out_.shapes.size() - 1];
    return std::move(out_);
  }

 private:
  int new_value(const Shape& shape) {
    out_.shapes.push_back(shape);
    readers_.push_back(0);
    same_.push_back(static_cast<int>(same_.size()));
    return same_.back();
  }

  /// Fills inputs_ and counts readers.
  void number_values() {
    for (const BlockUse& use : spec_.blocks) {
      std::vector<int> values;  // of the block
      for (int value : use.inputs) values.push_back(network_values_.at(static_cast<size_t>(value)));
      for (const Node& node : use.block->nodes) {
        std::vector<int>& inputs = inputs_.emplace_back();
        for (int value : node.inputs) inputs.push_back(values.at(static_cast<size_t>(value)));
        for (int value : inputs) ++readers_[static_cast<size_t>(value)];
        values.push_back(new_value(node.shape));
      }
      network_values_.push_back(values.back());
    }
    ++readers_.back();
  }

  void add(const Node& node, std::vector<int> inputs, int output) {
    for (int& value : inputs) value = same_[static_cast<size_t>(value)];
    if (is_identity(node)) {
      same_[static_cast<size_t>(output)] = inputs[0];
      readers_[static_cast<size_t>(inputs[0])] += readers_[static_cast<size_t>(output)] - 1;
      return;
    }
    if (join_norm(node, inputs, output) || join_activation(node, inputs, output) ||
        join_sum(node, inputs, output)) {
      return;
    }
    out_.steps.push_back({.node = &node, .inputs = std::move(inputs), .output = output});
  }

  static bool is_identity(const Node& node) {
    return node.op->kind() == Activation::kKind &&
           static_cast<const Activation&>(*node.op).function == "identity";
  }

  /// The step that makes a value nothing else reads, or the end.
  std::vector<FusedStep>::iterator sole_producer(int value) {
    if (readers_[static_cast<size_t>(value)] != 1) return out_.steps.end();
    return std::find_if(out_.steps.begin(), out_.steps.end(),
                        [value](const FusedStep& step) { return step.output == value; });
  }

  bool join_norm(const Node& node, const std::vector<int>& inputs, int output) {
    if (node.op->kind() != BatchNorm::kKind) return false;
    const auto step = sole_producer(inputs[0]);
    if (step == out_.steps.end() || step->norm || !step->post_ops.empty()) return false;
    if (!is_channel_product(*step)) return false;
    step->norm = &node;
    step->output = output;
    return true;
  }

  bool join_activation(const Node& node, const std::vector<int>& inputs, int output) {
    if (node.op->kind() != Activation::kKind) return false;
    const auto step = sole_producer(inputs[0]);
    if (step == out_.steps.end() || !takes_activation(step->kind())) return false;
    step->post_ops.push_back({.function = static_cast<const Activation&>(*node.op).function});
    step->output = output;
    return true;
  }

  bool join_sum(const Node& node, const std::vector<int>& inputs, int output) {
    if (node.op->kind() != Add::kKind || inputs.size() != 2 || inputs[0] == inputs[1]) return false;
    auto chosen = out_.steps.end();
    int other = -1;
    for (const size_t i : {0, 1}) {
      const auto step = sole_producer(inputs[i]);
      if (step == out_.steps.end() || !is_channel_product(*step)) continue;
      // Kernels add before they apply a function, not after.
      if (!step->post_ops.empty()) continue;
      if (chosen != out_.steps.end() && step < chosen) continue;  // the later one moves less
      chosen = step;
      other = inputs[1 - i];
    }
    if (chosen == out_.steps.end()) return false;
    std::rotate(chosen, chosen + 1, out_.steps.end());
    FusedStep& step = out_.steps.back();
    step.post_ops.push_back({.value = other});
    step.output = output;
    return true;
  }

  const NetworkSpec& spec_;
  FusedNetwork out_;
  std::vector<int> network_values_;       // the value of each network value
  std::vector<std::vector<int>> inputs_;  // of each node
  std::vector<int> readers_;              // of each value
  std::vector<int> same_;                 // the value that a value stands for
};

std::span<const float> weight_values(const WeightRef& ref, const TensorFile& weights) {
  const HostTensor& tensor = weights.at(ref.name);
  if (tensor.shape != ref.used_shape()) {
    throw IoError(str(weights.source, ": tensor '", ref.name, "' is ", shape_text(tensor.shape),
                      ", the network needs ", shape_text(ref.used_shape())));
  }
  return tensor.floats();
}

const WeightRef& required(const Node& node, Role role) {
  const WeightRef* ref = node.weight(role);
  TAILOR_CHECK(ref, "node '", node.name, "' has no ", role_name(role));
  return *ref;
}

}  // namespace

FusedNetwork fuse(const NetworkSpec& spec) { return Fuser(spec).run(); }

std::vector<int> last_readers(const FusedNetwork& network) {
  std::vector<int> last(network.shapes.size(), -1);
  for (size_t s = 0; s < network.steps.size(); ++s) {
    const FusedStep& step = network.steps[s];
    for (int value : step.inputs) last[static_cast<size_t>(value)] = static_cast<int>(s);
    for (const PostOp& op : step.post_ops) {
      if (op.function.empty()) last[static_cast<size_t>(op.value)] = static_cast<int>(s);
    }
  }
  last[static_cast<size_t>(network.output)] = static_cast<int>(network.steps.size());
  return last;
}

ChannelAffine norm_affine(const Node& norm, const TensorFile& weights) {
  const auto values = [&](Role role) { return weight_values(required(norm, role), weights); };
  const auto scale = values(Role::scale), shift = values(Role::shift);
  const auto mean = values(Role::running_mean), var = values(Role::running_var);
  const double eps = static_cast<const BatchNorm&>(*norm.op).eps;
  ChannelAffine out;
  for (size_t c = 0; c < scale.size(); ++c) {
    const double s = static_cast<double>(scale[c]) / std::sqrt(static_cast<double>(var[c]) + eps);
    out.scale.push_back(static_cast<float>(s));
    out.shift.push_back(
        static_cast<float>(static_cast<double>(shift[c]) - static_cast<double>(mean[c]) * s));
  }
  return out;
}

FoldedWeights fold_weights(const FusedStep& step, const TensorFile& weights) {
  const WeightRef& ref = required(*step.node, Role::weight);
  const auto weight = weight_values(ref, weights);
  FoldedWeights out{ref.used_shape(), {weight.begin(), weight.end()}, {}};
  if (const WeightRef* bias = step.node->weight(Role::bias)) {
    const auto values = weight_values(*bias, weights);
    out.bias.assign(values.begin(), values.end());
  }
  if (!step.norm) return out;
  const ChannelAffine norm = norm_affine(*step.norm, weights);
  const size_t channels = norm.scale.size(), each = out.weight.size() / channels;
  out.bias.resize(channels, 0.0F);
  for (size_t c = 0; c < channels; ++c) {
    for (size_t i = 0; i < each; ++i) out.weight[c * each + i] *= norm.scale[c];
    out.bias[c] = out.bias[c] * norm.scale[c] + norm.shift[c];
  }
  return out;
}

}  // namespace tailor::hw
