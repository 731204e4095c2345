// Building the parts of language models.
#include "supernet/blocks/sequence.h"

#include <memory>

#include "supernet/blocks/conv_norm_act.h"
#include "supernet/ops/attention.h"
#include "supernet/ops/elementwise.h"
#include "supernet/ops/layout.h"
#include "supernet/ops/linear.h"
#include "supernet/ops/norms.h"
#include "supernet/ops/rotary.h"

namespace tailor {
namespace {

Init bias_law(BiasInit bias) {
  switch (bias) {
    case BiasInit::normal:
      return Init::normal;
    case BiasInit::step:
      return Init::step;
    default:
      return Init::zeros;
  }
}

}  // namespace

Value dense(BlockBuilder& block, const std::string& part, Value x, const Widths& in,
            const Widths& out, BiasInit bias, const std::string& bias_name) {
  const std::string name = block.full_name(part);
  WeightRef weight{.name = name + ".weight", .role = Role::weight, .init = Init::normal};
  WeightRef shift{.name = bias_name.empty() ? name + ".bias" : block.full_name(bias_name),
                  .role = Role::bias,
                  .init = bias_law(bias),
                  .fold = {static_cast<int>(out.size())}};
  for (const Width& width : out) {
    weight.dims.push_back(width_dim(width));
    shift.dims.push_back(width_dim(width));
  }
  for (const Width& width : in) weight.dims.push_back(width_dim(width));
  weight.fold = {static_cast<int>(out.size()), static_cast<int>(in.size())};
  std::vector<WeightRef> weights = {std::move(weight)};
  if (bias != BiasInit::none) weights.push_back(std::move(shift));
  return block.add(part, std::make_shared<Linear>(), {x}, std::move(weights));
}

Value split_heads(BlockBuilder& block, const std::string& part, Value x, int64_t heads,
                  int64_t size) {
  return block.add(part + ".split",
                   std::make_shared<Reshape>(std::vector<int64_t>{-1, heads, size}), {x});
}

Value merge_heads(BlockBuilder& block, const std::string& part, Value x) {
  const Shape& shape = block.shape(x);
  return block.add(part + ".merge",
                   std::make_shared<Reshape>(std::vector<int64_t>{-1, shape[2] * shape[3]}), {x});
}

Value rms_norm(BlockBuilder& block, const std::string& part, Value x, const Width& width,
               double eps) {
  WeightRef scale{.name = block.full_name(part) + ".weight",
                  .role = Role::scale,
                  .init = Init::ones,
                  .dims = {width_dim(width)}};
  return block.add(part, std::make_shared<RmsNorm>(eps), {x}, {std::move(scale)});
}

Value attention(BlockBuilder& block, const std::string& prefix, Value x, const AttentionOptions& o,
                int64_t context) {
  const Widths hidden = {Width::fixed(o.hidden)};
  const auto project = [&](const std::string& part, int64_t heads, bool turn) {
    const Widths out = {Width::fixed(heads * o.head_dim)};
    Value y = dense(block, prefix + part + "_proj", x, hidden, out,
                    o.bias ? BiasInit::zeros : BiasInit::none);
    y = split_heads(block, prefix + part + "_proj", y, heads, o.head_dim);
    if (!turn) return y;
    if (o.qk_norm) y = rms_norm(block, prefix + part + "_norm", y, Width::fixed(o.head_dim), o.eps);
    OpPtr rotary = std::make_shared<Rotary>(o.rope_theta);
    if (!o.rope_scaling.none()) {
      rotary = std::make_shared<ScaledRotary>(o.rope_theta, o.rope_scaling);
    }
    return block.add(prefix + part + "_rotary", std::move(rotary), {y});
  };
  const Value q = project("q", o.heads, true);
  const Value k = project("k", o.kv_heads, true);
  const Value v = project("v", o.kv_heads, false);
  const Value y =
      block.add(prefix + "attention", std::make_shared<Attention>(o.window, context), {q, k, v});
  return dense(block, prefix + "o_proj", merge_heads(block, prefix + "attention", y),
               {Width::fixed(o.heads * o.head_dim)}, hidden);
}

Value gated_mlp(BlockBuilder& block, Value x, int64_t hidden, const Width& width) {
  const Widths outer = {Width::fixed(hidden)}, inner = {width};
  const Value gate =
      activation(block, "gate_proj", dense(block, "gate_proj", x, outer, inner), "silu");
  const Value up = dense(block, "up_proj", x, outer, inner);
  const Value both = block.add("multiply", std::make_shared<Multiply>(), {gate, up});
  return dense(block, "down_proj", both, inner, outer);
}

}  // namespace tailor
