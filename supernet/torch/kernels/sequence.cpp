// Operations of language models that ATen does nearly as they are: embedding, norms of heads,
// rotary positions.
#include <ATen/ATen.h>

#include <cmath>

#include "supernet/ops/norms.h"
#include "supernet/ops/rotary.h"
#include "supernet/torch/kernels/kernel.h"
#include "supernet/torch/kernels/recurrence/chunks.h"
#include "supernet/torch/kernels/recurrence/normal.h"

namespace tailor::supernet {

Kernel run_embedding, run_gated_rms_norm, run_head_norm, run_l2_norm, run_last_token, run_lerp,
    run_log_decay, run_rotary, run_scale_heads, run_scaled_rotary, run_weighted_dot;

at::Tensor run_embedding(const KernelCall& call) {
  return at::embedding(call.weight(Role::weight), call.inputs[0]);
}

at::Tensor run_last_token(const KernelCall& call) {
  const at::Tensor& x = call.inputs[0];
  return x.narrow(1, x.size(1) - 1, 1).clone();
}

at::Tensor run_l2_norm(const KernelCall& call) {
  const auto& op = static_cast<const L2Norm&>(*call.node.op);
  const at::Tensor y = l2_normalise(call.inputs[0], op.eps);
  return op.scale == 1 ? y : y * op.scale;
}

at::Tensor run_gated_rms_norm(const KernelCall& call) {
  const auto& op = static_cast<const GatedRmsNorm&>(*call.node.op);
  return gated_rms_norm(call.inputs[0], call.inputs[1], call.weight(Role::scale), op.eps,
                        op.gate_first != 0);
}

at::Tensor run_log_decay(const KernelCall& call) {
  // A slow head's decay has few digits to spare.
  return -at::exp(widened(call.weight(Role::scale))) * widened(call.inputs[0]);
}

at::Tensor run_scale_heads(const KernelCall& call) {
  const at::Tensor scale = call.weight(Role::scale);
  return call.inputs[0] * (scale.dim() == 1 ? scale.unsqueeze(-1) : scale);
}

at::Tensor run_head_norm(const KernelCall& call) {
  const at::Tensor& x = call.inputs[0];
  const at::Tensor y =
      at::layer_norm(x, {x.size(-1)}, {}, {}, static_cast<const HeadNorm&>(*call.node.op).eps);
  return at::addcmul(call.weight(Role::shift), y, call.weight(Role::scale));
}

at::Tensor run_lerp(const KernelCall& call) {
  return at::addcmul(call.inputs[0], call.inputs[1] - call.inputs[0], call.weight(Role::scale));
}

at::Tensor run_weighted_dot(const KernelCall& call) {
  return (call.inputs[0] * call.inputs[1] * call.weight(Role::scale)).sum(-1, true);
}

namespace {

at::Tensor turned(const KernelCall& call, double theta, const RopeScaling& scaling) {
  const at::Tensor& x = call.inputs[0];
  const int64_t tokens = x.size(1), half = x.size(3) / 2;
  const int64_t first = call.state ? call.state->position : 0;
  const auto exact = x.options().dtype(accumulate_type({x}));
  const at::Tensor rates = at::tensor(rotary_rates(theta, scaling, half), at::kDouble).to(exact);
  const at::Tensor angles = at::arange(first, first + tokens, exact).unsqueeze(1) * rates;
  const auto of_tokens = [&](const at::Tensor& y) {  // [T, 1, d / 2]
    const at::Tensor scaled = scaling.amplitude == 1 ? y : y * scaling.amplitude;
    return scaled.to(x.scalar_type()).unsqueeze(1);
  };
  const at::Tensor cos = of_tokens(at::cos(angles)), sin = of_tokens(at::sin(angles));
  const at::Tensor u = x.narrow(3, 0, half), v = x.narrow(3, half, half);
  return at::cat({u * cos - v * sin, v * cos + u * sin}, 3);
}

}  // namespace

at::Tensor run_rotary(const KernelCall& call) {
  return turned(call, static_cast<const Rotary&>(*call.node.op).theta, {});
}

at::Tensor run_scaled_rotary(const KernelCall& call) {
  const auto& op = static_cast<const ScaledRotary&>(*call.node.op);
  return turned(call, op.theta, op.scaling);
}

}  // namespace tailor::supernet
