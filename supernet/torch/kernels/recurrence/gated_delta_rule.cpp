// The gated delta rule: which form runs, and the one token by token under autograd.
#include <ATen/ATen.h>

#include <algorithm>

#include "supernet/torch/kernels/recurrence/chunks.h"
#include "supernet/torch/kernels/recurrence/delta_chunk.h"

namespace tailor::supernet {
namespace {

/// Token by token in ATen, differentiable, any type and device.
RecurrenceResult token_by_token(const DeltaArguments& in) {
  const auto q = in.q.unsqueeze(-2).unbind(1), k = in.k.unsqueeze(-2).unbind(1);
  const auto v = in.v.unsqueeze(-2).unbind(1);
  const auto beta = in.beta.unsqueeze(-1).unsqueeze(-1).unbind(1);
  std::vector<at::Tensor> decay;
  if (in.g.defined()) decay = in.g.exp().unsqueeze(-1).unsqueeze(-1).unbind(1);
  at::Tensor state = in.state;
  std::vector<at::Tensor> outputs;
  for (size_t t = 0; t < q.size(); ++t) {
    if (!decay.empty()) state = state * decay[t];
    const at::Tensor write = beta[t] * (v[t] - at::matmul(k[t], state));
    state = state + k[t].mT() * write;
    outputs.push_back(at::matmul(q[t], state).squeeze(-2));
  }
  return {at::stack(outputs, 1), state};
}

RecurrenceResult run(const RecurrenceSizes& s, const DeltaArguments& in, Form form) {
  const bool trained = wants_gradient({in.q, in.k, in.v, in.g, in.beta, in.state});
  if (!trained && plain_loop_fits(in.v) && (form == Form::recurrent || s.tokens < kFewTokens)) {
    return run_token_loop(cpu::TokenRule::delta, s,
                          {.q = in.q,
                           .k = in.k,
                           .v = in.v,
                           .decay = in.g,
                           .beta = in.beta,
                           .a = {},
                           .b = {},
                           .state = in.state});
  }
  return form == Form::recurrent ? token_by_token(in) : chunked_delta_rule(in);
}

}  // namespace

RecurrenceResult gated_delta_rule(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                                  const at::Tensor& g, const at::Tensor& beta,
                                  const at::Tensor& state, Form form, int64_t chunk) {
  constexpr auto kRule = "gated_delta_rule";
  const RecurrenceSizes s = check_recurrence(kRule, q, k, v, state, chunk);
  check_shape(kRule, "beta", beta, {s.batch, s.tokens, s.heads});
  if (g.defined()) check_shape(kRule, "g", g, beta.sizes());
  const at::ScalarType type = accumulate_type({q, k, v, g, beta, state});
  const at::Tensor values = v.to(type);
  const DeltaArguments in = {q.to(type),
                             k.to(type),
                             values,
                             g.defined() ? g.to(type) : g,
                             beta.to(type),
                             initial_state(state, s, values),
                             std::min(chunk, s.tokens)};
  const RecurrenceResult out = run(s, in, form);
  return {out.output.to(v.scalar_type()), out.state};
}

}  // namespace tailor::supernet
