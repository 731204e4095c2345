// Linear attention with a decay for each head or each key channel. Chunks are independent but for
// the scan of states, which is one multiply and add a chunk; gradients come from autograd over
// chunks.
#include <ATen/ATen.h>

#include <algorithm>

#include "supernet/torch/kernels/recurrence/chunks.h"
#include "supernet/torch/kernels/recurrence/decayed_scores.h"

namespace tailor::supernet {
namespace {

/// All in one type; state defined.
struct Arguments {
  at::Tensor q, k, v, decay, state;
  bool per_key() const { return decay.dim() == 4; }
};

RecurrenceResult token_by_token(const Arguments& in) {
  const auto q = in.q.unsqueeze(-2).unbind(1), k = in.k.unsqueeze(-1).unbind(1);
  const auto v = in.v.unsqueeze(-2).unbind(1);
  const at::Tensor factor = in.decay.exp().unsqueeze(-1);
  const auto decay = (in.per_key() ? factor : factor.unsqueeze(-1)).unbind(1);
  at::Tensor state = in.state;
  std::vector<at::Tensor> outputs;
  for (size_t t = 0; t < q.size(); ++t) {
    state = state * decay[t] + k[t] * v[t];
    outputs.push_back(at::matmul(q[t], state).squeeze(-2));
  }
  return {at::stack(outputs, 1), state};
}

/// Scores within chunks: q, k [N, B * h, C, K], total the cumulative log decay.
at::Tensor scores(const at::Tensor& q, const at::Tensor& k, const at::Tensor& total) {
  if (total.dim() == 3) return at::matmul(q, k.mT()) * decay_matrix(total, q.scalar_type());
  const at::Tensor all = total.flatten(0, 1);
  const at::Tensor p = decayed_scores(q.flatten(0, 1), all, k.flatten(0, 1), all, false);
  return p.reshape({q.size(0), q.size(1), q.size(2), q.size(2)});
}

RecurrenceResult by_chunks(const Arguments& in, int64_t chunk) {
  const at::Tensor q = to_chunks(in.q, chunk), k = to_chunks(in.k, chunk),
                   v = to_chunks(in.v, chunk);
  const at::ScalarType type = q.scalar_type();
  // In double where that is cheap: see decay_matrix.
  const at::Tensor total = to_chunks(in.decay, chunk).cumsum(2, in.per_key() ? type : at::kDouble);
  const at::Tensor wide = in.per_key() ? total : total.unsqueeze(-1);
  const at::Tensor end = wide.narrow(2, chunk - 1, 1);
  const at::Tensor written = at::matmul((k * (end - wide).exp().to(type)).mT(), v);
  const auto keep = end.exp().to(type).mT().unbind(0), add = written.unbind(0);
  at::Tensor state = in.state.flatten(0, 1);
  std::vector<at::Tensor> states;
  for (size_t c = 0; c < keep.size(); ++c) {
    states.push_back(state);
    state = at::addcmul(add[c], keep[c], state);
  }
  const at::Tensor output =
      at::matmul(q * wide.exp().to(type), at::stack(states)) + at::matmul(scores(q, k, total), v);
  return {from_chunks(output, in.q.size(0), in.q.size(1)), state.reshape(in.state.sizes())};
}

}  // namespace

RecurrenceResult gated_linear_attention(const at::Tensor& q, const at::Tensor& k,
                                        const at::Tensor& v, const at::Tensor& decay,
                                        const at::Tensor& state, Form form, int64_t chunk) {
  constexpr auto kRule = "gated_linear_attention";
  const RecurrenceSizes s = check_recurrence(kRule, q, k, v, state, chunk);
  if (decay.defined() && decay.dim() == 4) {
    check_shape(kRule, "decay", decay, q.sizes());
  } else {
    check_shape(kRule, "decay", decay, {s.batch, s.tokens, s.heads});
  }
  const at::ScalarType type = accumulate_type({q, k, v, decay, state});
  const at::Tensor values = v.to(type);
  const Arguments in = {q.to(type), k.to(type), values, decay.to(type),
                        initial_state(state, s, values)};
  RecurrenceResult out;
  if (!wants_gradient({in.q, in.k, in.v, in.decay, in.state}) && plain_loop_fits(in.v) &&
      (form == Form::recurrent || s.tokens < kFewTokens)) {
    out = run_token_loop(cpu::TokenRule::linear, s,
                         {.q = in.q,
                          .k = in.k,
                          .v = in.v,
                          .decay = in.decay,
                          .beta = {},
                          .a = {},
                          .b = {},
                          .state = in.state});
  } else {
    out = form == Form::recurrent ? token_by_token(in) : by_chunks(in, std::min(chunk, s.tokens));
  }
  return {out.output.to(v.scalar_type()), out.state};
}

}  // namespace tailor::supernet
