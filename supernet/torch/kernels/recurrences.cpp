// Kernels of linear attention and short convolutions: the functions of recurrence/ with the states
// that their nodes remember.
#include <ATen/ATen.h>

#include <cmath>

#include "supernet/ops/causal_conv.h"
#include "supernet/ops/recurrence.h"
#include "supernet/torch/kernels/kernel.h"
#include "supernet/torch/kernels/recurrence/causal_conv.h"
#include "supernet/torch/kernels/recurrence/chunks.h"
#include "supernet/torch/kernels/recurrence/recurrence.h"

namespace tailor::supernet {

Kernel run_causal_conv, run_dplr_delta_rule, run_dynamic_causal_conv, run_gated_delta_rule,
    run_gated_linear_attention, run_token_shift;

namespace {

/// The one tensor that the node remembers; undefined at first.
at::Tensor remembered(const KernelCall& call) {
  return call.state && !call.state->tensors.empty() ? call.state->tensors[0] : at::Tensor();
}

void remember(const KernelCall& call, const at::Tensor& tensor) {
  if (call.state) call.state->tensors = {tensor};
}

/// A single token goes the way of the recurrence, several the way of chunks.
Form form_for(const at::Tensor& q) { return q.size(1) == 1 ? Form::recurrent : Form::chunked; }

at::Tensor finish(const KernelCall& call, const RecurrenceResult& result) {
  remember(call, result.state);
  return result.output;
}

/// Head j of RetNet keeps 1 - 2^(-5-j) of its state a token: logarithms [B, T, h].
at::Tensor retention_decay(const at::Tensor& v) {
  const at::Tensor heads = at::arange(v.size(2), v.options().dtype(accumulate_type({v})));
  const at::Tensor decay = at::log1p(-at::exp2(-5 - heads));
  return decay.expand({v.size(0), v.size(1), v.size(2)});
}

at::Tensor for_heads(const at::Tensor& x, int64_t heads) {
  return x.size(2) == heads ? x : x.repeat_interleave(heads / x.size(2), 2);
}

}  // namespace

at::Tensor run_gated_delta_rule(const KernelCall& call) {
  const auto& op = static_cast<const GatedDeltaRule&>(*call.node.op);
  const at::Tensor& q = call.inputs[0];
  const at::Tensor decay = call.inputs.size() == 5 ? call.inputs[4] : at::Tensor();
  return finish(call, gated_delta_rule(q, call.inputs[1], call.inputs[2], decay, call.inputs[3],
                                       remembered(call), form_for(q), op.chunk));
}

at::Tensor run_gated_linear_attention(const KernelCall& call) {
  const auto& op = static_cast<const GatedLinearAttention&>(*call.node.op);
  const at::Tensor& v = call.inputs[2];
  const at::Tensor q = for_heads(call.inputs[0], v.size(2)) * op.scale;
  const at::Tensor k = for_heads(call.inputs[1], v.size(2));
  const at::Tensor decay =
      call.inputs.size() == 4 ? widened(call.inputs[3]) * op.decay_scale : retention_decay(v);
  return finish(call,
                gated_linear_attention(q, k, v, decay, remembered(call), form_for(q), op.chunk));
}

at::Tensor run_dplr_delta_rule(const KernelCall& call) {
  const auto& op = static_cast<const DplrDeltaRule&>(*call.node.op);
  const auto& in = call.inputs;
  const at::Tensor decay = widened(in[3]) * op.decay_scale;
  return finish(call, dplr_delta_rule(in[0], decay, in[1], in[2], in[4], in[5], remembered(call),
                                      form_for(in[0]), op.chunk));
}

at::Tensor run_causal_conv(const KernelCall& call) {
  const ConvResult result = causal_conv(call.inputs[0], call.weight(Role::weight),
                                        call.weight(Role::bias), remembered(call));
  remember(call, result.history);
  return result.output;
}

at::Tensor run_dynamic_causal_conv(const KernelCall& call) {
  const int64_t taps = static_cast<const DynamicCausalConv&>(*call.node.op).taps;
  const ConvResult result =
      dynamic_causal_conv(call.inputs[0], call.inputs[1], call.weight(Role::weight),
                          call.weight(Role::bias), taps, remembered(call));
  remember(call, result.history);
  return result.output;
}

at::Tensor run_token_shift(const KernelCall& call) {
  const at::Tensor& x = call.inputs[0];
  const at::Tensor inputs = with_history("token_shift", x, remembered(call), 2);
  remember(call, x.narrow(1, x.size(1) - 1, 1).clone());
  return inputs.narrow(1, 0, x.size(1)).contiguous();
}

}  // namespace tailor::supernet
