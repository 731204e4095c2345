// Reading sizes off nodes.
#include "supernet/export/language_config.h"

#include <algorithm>

#include "core/error.h"
#include "supernet/ops/attention.h"
#include "supernet/ops/causal_conv.h"
#include "supernet/ops/norms.h"
#include "supernet/ops/rotary.h"

namespace tailor {
namespace {

/// A block whose parts are found by the end of their names.
class Parts {
 public:
  explicit Parts(const Block& block) : block_(block) {}

  const Node* find(const std::string& part) const {
    for (const Node& node : block_.nodes) {
      if (node.name == block_.name + "." + part) return &node;
    }
    return nullptr;
  }
  const Node& at(const std::string& part) const {
    if (const Node* node = find(part)) return *node;
    throw Error(str("block '", block_.name, "' has no '", part, "'; is it a language model's?"));
  }
  template <class T>
  const T& op(const std::string& part) const {
    if (const auto* found = dynamic_cast<const T*>(at(part).op.get())) return *found;
    throw Error(str("'", at(part).name, "' is no ", T::kKind));
  }
  /// Rows of a linear layer's weight as they are used.
  int64_t rows(const std::string& part) const {
    const WeightRef* weight = at(part).weight(Role::weight);
    if (!weight) throw Error(str("'", at(part).name, "' has no weight"));
    return weight->used_shape()[0];
  }
  /// Shape of what a node reads.
  const Shape& input(const std::string& part, size_t which) const {
    const auto value = static_cast<size_t>(at(part).inputs.at(which));
    const size_t outside = block_.inputs.size();
    return value < outside ? block_.inputs[value] : block_.nodes[value - outside].shape;
  }
  const Block& block() const { return block_; }

 private:
  const Block& block_;
};

/// A number that all layers must agree on.
template <class T>
class Common {
 public:
  explicit Common(std::string what) : what_(std::move(what)) {}
  void set(T value) {
    if (known_ && value != value_) {
      throw Error(
          str("layers differ in ", what_, ": ", value_, " and ", value, "; config.json has one"));
    }
    value_ = value;
    known_ = true;
  }
  T get(T otherwise) const { return known_ ? value_ : otherwise; }

 private:
  std::string what_;
  T value_{};
  bool known_ = false;
};

class ConfigReader {
 public:
  LmConfig read(const NetworkSpec& spec) {
    for (const BlockUse& use : spec.blocks) read_block(Parts(*use.block));
    c_.head_dim = head_dim_.get(2);
    c_.heads = heads_.get(1);
    c_.kv_heads = kv_heads_.get(1);
    c_.bias = bias_.get(0) != 0;
    c_.qk_norm = qk_norm_.get(0) != 0;
    c_.rope_theta = theta_.get(c_.rope_theta);
    c_.rms_eps = eps_.get(c_.rms_eps);
    c_.conv = conv_.get(c_.conv);
    c_.linear_eps = linear_eps_.get(c_.linear_eps);
    c_.reduction = reduction();
    c_.model_type = c_.published_type();
    return c_;
  }

 private:
  void read_block(const Parts& parts);
  void read_mixer(const Parts& parts, LmLayer& layer);
  void read_attention(const Parts& parts, LmLayer& layer);
  void read_linear(const Parts& parts, LmLayer& layer);
  void read_head(const Parts& parts);
  LmLayer& layer_of(const std::string& block);
  int64_t reduction() const;

  LmConfig c_;
  Common<std::string> scaling_{"rope_scaling"};
  Common<int64_t> heads_{"heads"}, kv_heads_{"heads of keys and values"}, head_dim_{"head size"};
  Common<int64_t> bias_{"biases"}, qk_norm_{"norms of queries and keys"}, conv_{"taps"};
  Common<double> theta_{"rope_theta"}, eps_{"eps of norms"}, linear_eps_{"eps of linear mixers"};
  std::vector<std::pair<int64_t, int64_t>> generators_;  ///< JetBlock's values and generator widths
};

/// "layers.3.mixer" -> layer 3; layers that hold nothing have no block.
LmLayer& ConfigReader::layer_of(const std::string& block) {
  const std::vector<std::string> names = split(block, '.');
  int64_t index = -1;
  if (names.size() != 3 || names[0] != "layers" || !parse_number(names[1], index) || index < 0) {
    throw Error(str("block '", block, "' is no part of a language model"));
  }
  while (static_cast<int64_t>(c_.layers.size()) <= index) c_.layers.push_back({.mixer = "none"});
  return c_.layers[static_cast<size_t>(index)];
}

void ConfigReader::read_block(const Parts& parts) {
  const std::string& name = parts.block().name;
  if (name == "embed") {
    const WeightRef& weight = parts.block().nodes.at(0).weights.at(0);
    c_.vocab = weight.used_shape().at(0);
    c_.hidden = weight.used_shape().at(1);
  } else if (name == "head") {
    read_head(parts);
  } else if (name.ends_with(".mixer")) {
    read_mixer(parts, layer_of(name));
  } else {
    LmLayer& layer = layer_of(name);
    if (!parts.find("gate_proj")) return;
    layer.mlp = parts.rows("gate_proj");
    eps_.set(parts.op<RmsNorm>("norm").eps);
  }
}

void ConfigReader::read_head(const Parts& parts) {
  eps_.set(parts.op<RmsNorm>("norm").eps);
  c_.tied = parts.at("linear").weight(Role::weight)->name == "embed.weight";
}

void ConfigReader::read_mixer(const Parts& parts, LmLayer& layer) {
  eps_.set(parts.op<RmsNorm>("norm").eps);
  // "layers.3.mixer.jet.q_proj" -> "jet"
  const std::string& last = parts.block().nodes.back().name;
  layer.mixer = split(last.substr(parts.block().name.size() + 1), '.').front();
  if (layer.is_linear()) {
    read_linear(parts, layer);
  } else {
    read_attention(parts, layer);
  }
}

void ConfigReader::read_attention(const Parts& parts, LmLayer& layer) {
  const Shape& q = parts.input("attn.attention", 0);
  heads_.set(q.at(2));
  head_dim_.set(q.at(3));
  kv_heads_.set(parts.input("attn.attention", 1).at(2));
  bias_.set(parts.at("attn.q_proj").weight(Role::bias) ? 1 : 0);
  qk_norm_.set(parts.find("attn.q_norm") ? 1 : 0);
  if (parts.at("attn.q_rotary").op->kind() == ScaledRotary::kKind) {
    const auto& rotary = parts.op<ScaledRotary>("attn.q_rotary");
    theta_.set(rotary.theta);
    c_.rope_scaling = rotary.scaling;
  } else {
    theta_.set(parts.op<Rotary>("attn.q_rotary").theta);
  }
  scaling_.set(c_.rope_scaling.text());
  layer.window = parts.op<Attention>("attn.attention").window;
  if (layer.window > 0) layer.mixer = "swa";
}

void ConfigReader::read_linear(const Parts& parts, LmLayer& layer) {
  const std::string rule = layer.mixer + ".rule";
  layer.d_k = parts.input(rule, 0).at(3);
  layer.heads = parts.input(rule, 2).at(2);
  layer.d_v = parts.input(rule, 2).at(3);
  for (const Node& node : parts.block().nodes) {
    const WeightRef* weight = node.weight(Role::weight);
    if (node.op->kind() == CausalConv::kKind) conv_.set(weight->used_shape().back());
    if (const auto* conv = dynamic_cast<const DynamicCausalConv*>(node.op.get())) {
      conv_.set(conv->taps);
      generators_.emplace_back(layer.heads * layer.d_v, weight->used_shape().back());
    }
    if (const auto* norm = dynamic_cast<const GatedRmsNorm*>(node.op.get())) {
      linear_eps_.set(norm->eps);
    }
  }
  if (parts.find(layer.mixer + ".g_norm")) {
    linear_eps_.set(parts.op<HeadNorm>(layer.mixer + ".g_norm").eps / HeadNorm::kRwkvFactor);
  }
  const Node* plain = parts.find(layer.mixer + ".o_norm");
  if (plain && plain->op->kind() == RmsNorm::kKind) {
    linear_eps_.set(parts.op<RmsNorm>(layer.mixer + ".o_norm").eps);
  }
}

/// The largest divisor that gives every kernel generator its width, values / divisor rounded down.
int64_t ConfigReader::reduction() const {
  if (generators_.empty()) return c_.reduction;
  int64_t most = INT64_MAX;
  for (const auto& [values, width] : generators_) most = std::min(most, values / width);
  for (const auto& [values, width] : generators_) {
    if (values / most != width) throw Error("layers differ in the reduction of their generators");
  }
  return most;
}

}  // namespace

LmConfig lm_config_of(const NetworkSpec& spec) { return ConfigReader().read(spec); }

}  // namespace tailor
