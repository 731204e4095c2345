#include "supernet/torch/kernels/recurrence/chunks.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <limits>

#include "core/error.h"
#include "supernet/torch/kernels/cpu/parallel.h"

namespace tailor::supernet {

void check_shape(std::string_view rule, std::string_view what, const at::Tensor& x,
                 at::IntArrayRef shape) {
  if (x.defined() && x.sizes() == shape) return;
  throw ShapeError(str(rule, ": ", what, " must be ", c10::str(shape), ", got ",
                       x.defined() ? c10::str(x.sizes()) : "nothing"));
}

RecurrenceSizes check_recurrence(std::string_view rule, const at::Tensor& q, const at::Tensor& k,
                                 const at::Tensor& v, const at::Tensor& state, int64_t chunk) {
  if (q.dim() != 4 || v.dim() != 4 || q.numel() == 0 || v.numel() == 0) {
    throw ShapeError(str(rule, ": q and v must be [batch, tokens, heads, size], none 0, got ",
                         c10::str(q.sizes()), " and ", c10::str(v.sizes())));
  }
  if (chunk < 1) throw ShapeError(str(rule, ": chunk must be at least 1, got ", chunk));
  const RecurrenceSizes s = {q.size(0), q.size(1), q.size(2), q.size(3), v.size(3)};
  check_shape(rule, "k", k, q.sizes());
  check_shape(rule, "v", v, {s.batch, s.tokens, s.heads, s.values});
  if (state.defined()) {
    check_shape(rule, "state", state, {s.batch, s.heads, s.keys, s.values});
  }
  return s;
}

at::ScalarType accumulate_type(std::initializer_list<at::Tensor> inputs) {
  const bool any_double = std::any_of(inputs.begin(), inputs.end(), [](const at::Tensor& x) {
    return x.defined() && x.scalar_type() == at::kDouble;
  });
  return any_double ? at::kDouble : at::kFloat;
}

at::Tensor widened(const at::Tensor& x) { return x.to(accumulate_type({x})); }

at::Tensor initial_state(const at::Tensor& state, const RecurrenceSizes& s,
                         const at::Tensor& like) {
  if (state.defined()) return state.to(like.scalar_type());
  return at::zeros({s.batch, s.heads, s.keys, s.values}, like.options().requires_grad(false));
}

bool wants_gradient(std::initializer_list<at::Tensor> inputs) {
  return at::GradMode::is_enabled() &&
         std::any_of(inputs.begin(), inputs.end(),
                     [](const at::Tensor& x) { return x.defined() && x.requires_grad(); });
}

at::Tensor to_chunks(const at::Tensor& x, int64_t chunk) {
  const int64_t batch = x.size(0), tokens = x.size(1), heads = x.size(2);
  const int64_t count = (tokens + chunk - 1) / chunk, missing = count * chunk - tokens;
  std::vector<int64_t> padding(static_cast<size_t>(2 * (x.dim() - 2)), 0);
  padding.insert(padding.end(), {0, missing});
  const at::Tensor padded = missing == 0 ? x : at::constant_pad_nd(x, padding);
  std::vector<int64_t> cut = {batch, count, chunk, heads}, joined = {count, batch * heads, chunk};
  std::vector<int64_t> order = {1, 0, 3, 2};
  if (x.dim() == 4) {
    cut.push_back(x.size(3));
    joined.push_back(x.size(3));
    order.push_back(4);
  }
  return padded.reshape(cut).permute(order).reshape(joined);
}

at::Tensor from_chunks(const at::Tensor& x, int64_t batch, int64_t tokens) {
  const int64_t count = x.size(0), heads = x.size(1) / batch, chunk = x.size(2);
  std::vector<int64_t> cut = {count, batch, heads, chunk}, joined = {batch, count * chunk, heads};
  std::vector<int64_t> order = {1, 0, 3, 2};
  if (x.dim() == 4) {
    cut.push_back(x.size(3));
    joined.push_back(x.size(3));
    order.push_back(4);
  }
  return x.reshape(cut).permute(order).reshape(joined).narrow(1, 0, tokens).contiguous();
}

at::Tensor decay_matrix(const at::Tensor& total, at::ScalarType type) {
  const int64_t chunk = total.size(-1);
  const at::Tensor hidden = at::ones({chunk, chunk}, total.options().dtype(at::kBool)).triu(1);
  const at::Tensor difference = (total.unsqueeze(-1) - total.unsqueeze(-2)).to(type);
  return difference.masked_fill(hidden, -std::numeric_limits<double>::infinity()).exp();
}

bool plain_loop_fits(const at::Tensor& v) { return v.is_cpu() && v.scalar_type() == at::kFloat; }

RecurrenceResult run_token_loop(cpu::TokenRule rule, const RecurrenceSizes& s,
                                const TokenTensors& in) {
  const at::Tensor q = in.q.contiguous(), k = in.k.contiguous(), v = in.v.contiguous();
  const at::Tensor state = in.state.contiguous();
  const at::Tensor decay = in.decay.defined() ? in.decay.exp().contiguous() : at::Tensor();
  const auto optional = [](const at::Tensor& x) {
    return x.defined() ? x.contiguous() : at::Tensor();
  };
  const at::Tensor beta = optional(in.beta), a = optional(in.a), b = optional(in.b);
  at::Tensor output = at::empty_like(v), next = at::empty_like(state);
  const auto data = [](const at::Tensor& x, int64_t at) {
    return x.defined() ? x.const_data_ptr<float>() + at : nullptr;
  };
  const bool per_key = decay.defined() && decay.dim() == 4;
  const int64_t decay_width = per_key ? s.keys : 1;
  float *out = output.data_ptr<float>(), *to = next.data_ptr<float>();
  // A thread is woken for no less than this many elements of the state passing a token.
  const int64_t grain = std::max<int64_t>(1, (1 << 16) / (s.tokens * s.keys * s.values));
  cpu::parallel_for(0, s.batch * s.heads, grain, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const int64_t gate = i / s.heads * s.tokens * s.heads + i % s.heads;
      const int64_t key = gate * s.keys, value = gate * s.values;
      const cpu::TokenInputs head = {.tokens = s.tokens,
                                     .keys = s.keys,
                                     .values = s.values,
                                     .key_step = s.heads * s.keys,
                                     .value_step = s.heads * s.values,
                                     .gate_step = s.heads,
                                     .decay_step = s.heads * decay_width,
                                     .decay_per_key = per_key,
                                     .q = data(q, key),
                                     .k = data(k, key),
                                     .v = data(v, value),
                                     .decay = data(decay, gate * decay_width),
                                     .beta = data(beta, gate),
                                     .a = data(a, key),
                                     .b = data(b, key)};
      cpu::run_tokens(rule, head, data(state, i * s.keys * s.values), to + i * s.keys * s.values,
                      out + value);
    }
  });
  return {output, next};
}

}  // namespace tailor::supernet
