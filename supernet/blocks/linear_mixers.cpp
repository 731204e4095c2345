// Building linear mixers from operations.
#include "supernet/blocks/linear_mixers.h"

#include <cmath>
#include <map>
#include <memory>

#include "core/error.h"
#include "core/registry.h"
#include "supernet/blocks/conv_norm_act.h"
#include "supernet/ops/causal_conv.h"
#include "supernet/ops/elementwise.h"
#include "supernet/ops/norms.h"
#include "supernet/ops/recurrence.h"
#include "supernet/ops/rotary.h"

namespace tailor {
namespace {

constexpr int64_t kGlaRank = 16;
constexpr double kGlaNormaliser = 16, kRetNetTheta = 1e4;
const double kRwkvDecay = -std::exp(-0.5);  // the log of the fastest decay

/// Writes one mixer's nodes; parts are named behind the prefix.
class MixerBuilder {
 public:
  MixerBuilder(BlockBuilder& block, const std::string& prefix, const LinearMixerSizes& sizes)
      : b_(block), prefix_(prefix), s_(sizes) {}

  Value jet(Value x);
  Value gated_delta_net(Value x);
  Value delta_net(Value x);
  Value gated_linear(Value x);
  Value retention(Value x);
  Value mamba2(Value x);
  Value rwkv7(Value x);

 private:
  Widths hidden() const { return {Width::fixed(s_.hidden)}; }
  Widths keys() const { return {s_.heads, s_.d_k}; }
  Widths values() const { return {s_.heads, s_.d_v}; }
  double key_scale() const { return 1 / std::sqrt(static_cast<double>(s_.d_k.used)); }

  Value project(const std::string& part, Value x, const Widths& out, BiasInit bias = BiasInit::none,
                const std::string& bias_name = "") {
    return dense(b_, prefix_ + part, x, hidden(), out, bias,
                 bias_name.empty() ? "" : prefix_ + bias_name);
  }
  Value act(const std::string& part, Value x, const std::string& function) {
    return activation(b_, prefix_ + part, x, function);
  }
  /// [B, T, heads * size] -> [B, T, heads, size].
  Value split(const std::string& part, Value x, const Width& size) {
    return split_heads(b_, prefix_ + part, x, s_.heads.used, size.used);
  }
  Value add(const std::string& part, OpPtr op, const std::vector<Value>& inputs,
            std::vector<WeightRef> weights = {}) {
    return b_.add(prefix_ + part, std::move(op), inputs, std::move(weights));
  }
  /// A parameter of the factors' sizes.
  WeightRef vector_weight(const std::string& name, Role role, Init init, const Widths& widths) {
    WeightRef ref{.name = b_.full_name(prefix_ + name), .role = role, .init = init};
    for (const Width& width : widths) ref.dims.push_back(width_dim(width));
    ref.fold = {static_cast<int>(widths.size())};
    return ref;
  }
  /// Short convolution over tokens, a kernel a channel, then silu.
  Value convolved(const std::string& part, Value x, const Widths& widths, bool bias);
  Value normalised_keys(const std::string& part, Value x, double scale) {
    return add(part + ".norm", std::make_shared<L2Norm>(scale), {x});
  }
  Value write_strength(Value x) {
    return act("b_proj", project("b_proj", x, {s_.heads}), "sigmoid");
  }
  /// -exp(A_log) * softplus(W x + dt_bias).
  Value step_size(const std::string& part, Value x) {
    return act(part, project(part, x, {s_.heads}, BiasInit::step, "dt_bias"), "softplus");
  }
  Value log_decay(Value step) {
    return add("decay", std::make_shared<LogDecay>(), {step},
               {vector_weight("A_log", Role::scale, Init::decay, {s_.heads})});
  }
  /// A number a channel of every head: [h, size].
  WeightRef head_weight(const std::string& name, Role role, Init init, const Widths& widths) {
    WeightRef ref = vector_weight(name, role, init, widths);
    ref.fold = {1, 1};
    return ref;
  }
  std::vector<Value> delta_inputs(Value x);
  Value gated_output(Value o, Value gate_input);
  Value low_rank(const std::string& part, Value x, const Width& size, const std::string& inner,
                 const Widths& out, BiasInit bias);
  Value output(Value merged) { return dense(b_, prefix_ + "o_proj", merged, values(), hidden()); }

  BlockBuilder& b_;
  const std::string& prefix_;
  const LinearMixerSizes& s_;
};

Value MixerBuilder::convolved(const std::string& part, Value x, const Widths& widths, bool bias) {
  WeightRef weight = vector_weight(part + ".weight", Role::weight, Init::fan_in, widths);
  weight.dims.push_back(width_dim(Width::fixed(s_.conv)));
  weight.fold.push_back(1);
  std::vector<WeightRef> weights = {std::move(weight)};
  if (bias) weights.push_back(vector_weight(part + ".bias", Role::bias, Init::zeros, widths));
  return act(part, add(part, std::make_shared<CausalConv>(), {x}, std::move(weights)), "silu");
}

/// Norm over each head, gate silu(W x) behind it, output projection.
Value MixerBuilder::gated_output(Value o, Value gate_input) {
  const Value gate = split("g_proj", project("g_proj", gate_input, values()), s_.d_v);
  o = add("o_norm", std::make_shared<GatedRmsNorm>(s_.eps), {o, gate},
          {vector_weight("o_norm.weight", Role::scale, Init::ones, {s_.d_v})});
  return output(merge_heads(b_, prefix_ + "o_norm", o));
}

/// Source: NVlabs/Jet-Nemotron, jetai/modeling/hf/jet_block.py; Gu et al. 2025, section 3.
Value MixerBuilder::jet(Value x) {
  const auto key = [&](const std::string& part, double scale) {
    return normalised_keys(part, split(part, act(part, project(part, x, keys()), "silu"), s_.d_k),
                           scale);
  };
  const Value q = key("q_proj", key_scale());
  const Value k = key("k_proj", 1);
  const Width reduced{s_.heads.full * s_.d_v.full / s_.reduction,
                      s_.heads.used * s_.d_v.used / s_.reduction, ""};
  const std::string generator = "dynamic_conv1d.kernel_generator";
  const Value taps = act(generator + ".w1", project(generator + ".w1", x, {reduced}), "silu");
  const Widths rows = {s_.heads, s_.d_v, Width::fixed(s_.conv)};
  WeightRef weight = vector_weight(generator + ".w2.weight", Role::weight, Init::zeros, rows);
  weight.dims.push_back(width_dim(reduced));
  weight.fold.push_back(1);
  Value v = add(
      "dynamic_conv1d", std::make_shared<DynamicCausalConv>(s_.conv),
      {project("v_proj", x, values()), taps},
      {std::move(weight), vector_weight(generator + ".w2.bias", Role::bias, Init::normal, rows)});
  v = split("dynamic_conv1d", act("dynamic_conv1d", v, "silu"), s_.d_v);
  const Value o = add("rule", std::make_shared<GatedDeltaRule>(),
                      {q, k, v, write_strength(x), log_decay(step_size("a_proj", x))});
  return gated_output(o, x);
}

/// Convolved q, k, v and the write strength.
std::vector<Value> MixerBuilder::delta_inputs(Value x) {
  const auto part = [&](const std::string& name, const Widths& widths, const Width& size) {
    const Value y = convolved(name + "_conv1d", project(name + "_proj", x, widths), widths, false);
    return split(name + "_conv1d", y, size);
  };
  const Value q = normalised_keys("q_proj", part("q", keys(), s_.d_k), key_scale());
  const Value k = normalised_keys("k_proj", part("k", keys(), s_.d_k), 1);
  return {q, k, part("v", values(), s_.d_v), write_strength(x)};
}

/// Source: Yang et al. 2025; fla/layers/gated_deltanet.py.
Value MixerBuilder::gated_delta_net(Value x) {
  std::vector<Value> inputs = delta_inputs(x);
  inputs.push_back(log_decay(step_size("a_proj", x)));
  return gated_output(add("rule", std::make_shared<GatedDeltaRule>(), inputs), x);
}

/// Source: Yang et al. 2024 (DeltaNet); fla/layers/delta_net.py.
Value MixerBuilder::delta_net(Value x) {
  const Value o = add("rule", std::make_shared<GatedDeltaRule>(), delta_inputs(x));
  const Value y = rms_norm(b_, prefix_ + "o_norm", o, s_.d_v, s_.eps);
  return output(merge_heads(b_, prefix_ + "o_norm", y));
}

/// Source: Yang et al. 2024 (GLA); fla/layers/gla.py.
Value MixerBuilder::gated_linear(Value x) {
  const Value q = split("q_proj", project("q_proj", x, keys()), s_.d_k);
  const Value k = split("k_proj", project("k_proj", x, keys()), s_.d_k);
  const Value v = split("v_proj", project("v_proj", x, values()), s_.d_v);
  const Widths rank = {Width::fixed(kGlaRank)};
  const Value low = project("gk_proj.0", x, rank);
  Value decay = dense(b_, prefix_ + "gk_proj.1", low, rank, keys(), BiasInit::zeros);
  decay = split("gk_proj.1", act("gk_proj.1", decay, "log_sigmoid"), s_.d_k);
  const Value o =
      add("rule", std::make_shared<GatedLinearAttention>(key_scale(), 1 / kGlaNormaliser),
          {q, k, v, decay});
  return gated_output(o, x);
}

/// Source: Sun et al. 2023; fla/layers/multiscale_retention.py.
Value MixerBuilder::retention(Value x) {
  const auto key = [&](const std::string& part) {
    const Value y = split(part, project(part, x, keys()), s_.d_k);
    return add(part + ".rotary", std::make_shared<Rotary>(kRetNetTheta), {y});
  };
  const Value q = key("q_proj");
  const Value k = key("k_proj");
  const Value v = split("v_proj", project("v_proj", x, values()), s_.d_v);
  const Value o = add("rule", std::make_shared<GatedLinearAttention>(key_scale()), {q, k, v});
  return gated_output(o, x);
}

/// Source: Dao & Gu 2024; fla/layers/mamba2.py. The input projection is kept in its five parts.
Value MixerBuilder::mamba2(Value x) {
  const Widths state = {s_.d_k};
  const Value z = project("z_proj", x, values());
  Value u = convolved("x_conv1d", project("x_proj", x, values()), values(), true);
  u = split("x_conv1d", u, s_.d_v);
  const auto shared = [&](const std::string& part) {
    const Value y = convolved(part + "_conv1d", project(part + "_proj", x, state), state, true);
    return split_heads(b_, prefix_ + part + "_conv1d", y, 1, s_.d_k.used);
  };
  const Value k = shared("b");
  const Value q = shared("c");
  const Value step = step_size("dt_proj", x);
  const Value by_head = split_heads(b_, prefix_ + "dt_proj", step, s_.heads.used, 1);
  const Value stepped = add("step", std::make_shared<Multiply>(), {u, by_head});
  Value y =
      add("rule", std::make_shared<GatedLinearAttention>(1.0), {q, k, stepped, log_decay(step)});
  const Value skip = add("skip", std::make_shared<ScaleHeads>(), {u},
                         {vector_weight("D", Role::scale, Init::ones, {s_.heads})});
  y = add("sum", std::make_shared<Add>(), {y, skip});
  y = add("norm", std::make_shared<GatedRmsNorm>(s_.eps, true),
          {merge_heads(b_, prefix_ + "sum", y), z},
          {vector_weight("norm.weight", Role::scale, Init::ones, values())});
  return output(y);
}

/// W2 inner(W1 x) with about 2.5 sqrt(hidden) `size` / 64 numbers between, in steps of 32.
Value MixerBuilder::low_rank(const std::string& part, Value x, const Width& size,
                             const std::string& inner, const Widths& out, BiasInit bias) {
  const auto rank = [&](int64_t of) {
    const double exact = 2.5 * std::sqrt(static_cast<double>(s_.hidden)) * static_cast<double>(of);
    return std::max<int64_t>(32, 32 * std::llround(exact / 64 / 32));
  };
  const Widths low = {{rank(size.full), rank(size.used), ""}};
  x = act(part + ".lora.0", project(part + ".lora.0", x, low), inner);
  return dense(b_, prefix_ + part + ".lora.2", x, low, out, bias);
}

/// kappa (`removed`) is what the state forgets, the rate a how much of it: S <- diag(w) S - (kappa
/// a) (kappa^T S) + key v^T with key = k (1 + (a - 1) k_a). `step` as the decay's bias: sigmoid(b)
/// is about e^b there, so memories of some ten to a thousand tokens. Source: Peng et al. 2025,
/// section 4; fla/layers/rwkv7.py.
Value MixerBuilder::rwkv7(Value x) {
  const Value before = add("shift", std::make_shared<TokenShift>(), {x});
  const auto mixed = [&](const std::string& name) {
    return add(name, std::make_shared<Lerp>(), {x, before},
               {vector_weight(name, Role::scale, Init::uniform, hidden())});
  };
  const Value r = split("r_proj", project("r_proj", mixed("x_r"), keys()), s_.d_k);
  const Value k = split("k_proj", project("k_proj", mixed("x_k"), keys()), s_.d_k);
  const Value v = split("v_proj", project("v_proj", mixed("x_v"), values()), s_.d_v);
  const auto gate = [&](const std::string& part, Value stream, const std::string& inner,
                        BiasInit bias) {
    const Value y = low_rank(part, stream, s_.d_k, inner, keys(), bias);
    return act(part, split(part, y, s_.d_k), "sigmoid");
  };
  const Value decay = gate("w_lora", mixed("x_w"), "tanh", BiasInit::step);
  const Value rate = gate("a_lora", mixed("x_a"), "identity", BiasInit::zeros);
  const Value open =
      low_rank("g_lora", mixed("x_g"), Width::fixed(128), "sigmoid", values(), BiasInit::none);
  const Value scaled = add("k_k", std::make_shared<ScaleHeads>(), {k},
                           {head_weight("k_k", Role::scale, Init::ones, keys())});
  const Value removed = normalised_keys("removed", scaled, 1);
  const Value forgotten = add("forgotten", std::make_shared<Multiply>(), {removed, rate});
  const Value slowed = add("slowed", std::make_shared<Multiply>(), {k, rate});
  const Value key = add("k_a", std::make_shared<Lerp>(), {k, slowed},
                        {head_weight("k_a", Role::scale, Init::ones, keys())});
  Value y = add("rule", std::make_shared<DplrDeltaRule>(kRwkvDecay),
                {r, key, v, decay, normalised_keys("minus_removed", scaled, -1), forgotten});
  y = add("g_norm", std::make_shared<HeadNorm>(HeadNorm::kRwkvFactor * s_.eps), {y},
          {head_weight("g_norm.weight", Role::scale, Init::ones, values()),
           head_weight("g_norm.bias", Role::shift, Init::zeros, values())});
  const Value bonus = add("r_k", std::make_shared<WeightedDot>(), {r, key},
                          {head_weight("r_k", Role::scale, Init::zeros, keys())});
  const Value now = add("now", std::make_shared<Multiply>(), {v, bonus});
  y = merge_heads(b_, prefix_ + "sum", add("sum", std::make_shared<Add>(), {y, now}));
  return output(add("gated", std::make_shared<Multiply>(), {y, open}));
}

using Make = Value (MixerBuilder::*)(Value);

const std::map<std::string, Make>& makers() {
  static const std::map<std::string, Make> all = {
      {"delta", &MixerBuilder::delta_net},  {"gdn", &MixerBuilder::gated_delta_net},
      {"gla", &MixerBuilder::gated_linear}, {"jet", &MixerBuilder::jet},
      {"mamba2", &MixerBuilder::mamba2},    {"retnet", &MixerBuilder::retention},
      {"rwkv7", &MixerBuilder::rwkv7},
  };
  return all;
}

}  // namespace

std::vector<std::string> linear_mixer_names() {
  std::vector<std::string> names;
  for (const auto& [name, make] : makers()) names.push_back(name);
  return names;
}

Value linear_mixer(BlockBuilder& block, const std::string& kind, const std::string& prefix, Value x,
                   const LinearMixerSizes& sizes) {
  const auto it = makers().find(kind);
  if (it == makers().end()) {
    throw UnknownNameError(unknown_name_text("mixer", kind, linear_mixer_names()));
  }
  return (MixerBuilder(block, prefix, sizes).*it->second)(x);
}

}  // namespace tailor
