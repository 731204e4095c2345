#include "supernet/torch/kernels/recurrence/delta_chunk.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include <optional>

#include "supernet/torch/kernels/cpu/delta_chunk.h"
#include "supernet/torch/kernels/cpu/parallel.h"
#include "supernet/torch/kernels/recurrence/chunks.h"

namespace tailor::supernet {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

cpu::DeltaShape head_shape(const DeltaArguments& in) {
  const int64_t heads = in.q.size(2), keys = in.q.size(3), values = in.v.size(3);
  return {.tokens = in.q.size(1),
          .keys = keys,
          .values = values,
          .chunk = in.chunk,
          .key_step = heads * keys,
          .value_step = heads * values,
          .gate_step = heads};
}

/// Where head i of [B, T, h] begins, counted in tokens' heads.
int64_t head_begin(const DeltaArguments& in, int64_t i) {
  const int64_t heads = in.q.size(2);
  return i / heads * in.q.size(1) * heads + i % heads;
}

int64_t head_count(const DeltaArguments& in) { return in.q.size(0) * in.q.size(2); }

cpu::DeltaInputs head_inputs(const DeltaArguments& in, int64_t i) {
  const int64_t at = head_begin(in, i), key = at * in.q.size(3);
  return {.q = in.q.const_data_ptr<float>() + key,
          .k = in.k.const_data_ptr<float>() + key,
          .v = in.v.const_data_ptr<float>() + at * in.v.size(3),
          .g = in.g.defined() ? in.g.const_data_ptr<float>() + at : nullptr,
          .beta = in.beta.const_data_ptr<float>() + at};
}

DeltaArguments contiguous(const DeltaArguments& in) {
  return {in.q.contiguous(),
          in.k.contiguous(),
          in.v.contiguous(),
          in.g.defined() ? in.g.contiguous() : in.g,
          in.beta.contiguous(),
          in.state.defined() ? in.state.contiguous() : in.state,
          in.chunk};
}

bool loops_fit(const DeltaArguments& in) { return plain_loop_fits(in.v); }

DeltaForward forward(const DeltaArguments& in, bool keep) {
  return loops_fit(in) ? delta_forward_float(in, keep) : delta_forward_aten(in, keep);
}

struct ChunkedDelta : torch::autograd::Function<ChunkedDelta> {
  static variable_list forward(AutogradContext* ctx, at::Tensor q, at::Tensor k, at::Tensor v,
                               std::optional<at::Tensor> decay, at::Tensor beta, at::Tensor state,
                               int64_t chunk) {
    const at::Tensor g = decay.value_or(at::Tensor());
    const DeltaForward out = supernet::forward({q, k, v, g, beta, state, chunk}, true);
    ctx->save_for_backward({q, k, v, g, beta, out.states, out.writes});
    ctx->saved_data["chunk"] = chunk;
    return {out.output, out.state};
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const variable_list saved = ctx->get_saved_variables();
    const DeltaArguments in = {
        saved[0], saved[1], saved[2], saved[3], saved[4], {}, ctx->saved_data["chunk"].toInt()};
    const DeltaForward kept = {{}, {}, saved[5], saved[6]};
    const DeltaBackward d = loops_fit(in) ? delta_backward_float(in, kept, grads[0], grads[1])
                                          : delta_backward_aten(in, kept, grads[0], grads[1]);
    return {d.q, d.k, d.v, d.g, d.beta, d.state, {}};
  }
};

}  // namespace

DeltaForward delta_forward_float(const DeltaArguments& arguments, bool keep) {
  const DeltaArguments in = contiguous(arguments);
  const cpu::DeltaShape shape = head_shape(in);
  const int64_t heads = head_count(in), size = shape.keys * shape.values;
  const int64_t states_kept = keep ? shape.chunks() + 1 : 1;
  const int64_t writes_kept = keep ? shape.tokens : in.chunk;
  const auto options = in.v.options().requires_grad(false);
  at::Tensor output = at::empty(in.v.sizes(), options);
  at::Tensor states = at::empty({heads, states_kept, shape.keys, shape.values}, options);
  at::Tensor writes = at::empty({heads, writes_kept, shape.values}, options);
  states.select(1, 0).copy_(in.state.reshape({heads, shape.keys, shape.values}));
  float *out = output.data_ptr<float>(), *s = states.data_ptr<float>();
  float* w = writes.data_ptr<float>();
  cpu::parallel_for(0, heads, 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      cpu::delta_chunk_forward(
          shape, head_inputs(in, i),
          {s + i * states_kept * size, w + i * writes_kept * shape.values, keep},
          out + head_begin(in, i) * shape.values);
    }
  });
  const at::Tensor last = states.select(1, states_kept - 1).reshape(in.state.sizes());
  if (!keep) return {output, last, {}, {}};
  return {output, last.clone(), states, writes};
}

DeltaBackward delta_backward_float(const DeltaArguments& arguments, const DeltaForward& kept,
                                   const at::Tensor& output_gradient,
                                   const at::Tensor& state_gradient) {
  const DeltaArguments in = contiguous(arguments);
  const cpu::DeltaShape shape = head_shape(in);
  const int64_t size = shape.keys * shape.values;
  const at::Tensor d_output = output_gradient.contiguous();
  DeltaBackward d = {at::empty_like(in.q),    at::empty_like(in.k),
                     at::empty_like(in.v),    in.g.defined() ? at::empty_like(in.g) : at::Tensor(),
                     at::empty_like(in.beta), state_gradient.clone(at::MemoryFormat::Contiguous)};
  const auto data = [](const at::Tensor& x) { return x.defined() ? x.data_ptr<float>() : nullptr; };
  const cpu::DeltaGradients whole = {data(d.q), data(d.k), data(d.v), data(d.g), data(d.beta)};
  const float* from = d_output.const_data_ptr<float>();
  float *states = data(kept.states), *writes = data(kept.writes), *d_state = data(d.state);
  cpu::parallel_for(0, head_count(in), 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const int64_t at = head_begin(in, i), key = at * shape.keys, value = at * shape.values;
      cpu::delta_chunk_backward(shape, head_inputs(in, i),
                                {states + i * (shape.chunks() + 1) * size,
                                 writes + i * shape.tokens * shape.values, true},
                                from + value, d_state + i * size,
                                {.q = whole.q + key,
                                 .k = whole.k + key,
                                 .v = whole.v + value,
                                 .g = whole.g ? whole.g + at : nullptr,
                                 .beta = whole.beta + at});
    }
  });
  return d;
}

RecurrenceResult chunked_delta_rule(const DeltaArguments& in) {
  if (!wants_gradient({in.q, in.k, in.v, in.g, in.beta, in.state})) {
    const DeltaForward out = forward(in, false);
    return {out.output, out.state};
  }
  // apply takes no undefined tensor.
  const auto decay = in.g.defined() ? std::optional(in.g) : std::nullopt;
  const variable_list out =
      ChunkedDelta::apply(in.q, in.k, in.v, decay, in.beta, in.state, in.chunk);
  return {out[0], out[1]};
}

}  // namespace tailor::supernet
