// The diagonal-plus-low-rank rule of RWKV7. In a chunk, with G the cumulative log decay and G' the
// one before each token: Z = (I - Aab)^-1 (Aak V + (a e^G') S) holds every token's a^T S; gradients
// come from autograd over chunks.
#include <ATen/ATen.h>

#include <algorithm>

#include "supernet/torch/kernels/recurrence/chunks.h"
#include "supernet/torch/kernels/recurrence/decayed_scores.h"

namespace tailor::supernet {
namespace {

/// All in one type; state defined.
struct Arguments {
  at::Tensor r, w, k, v, a, b, state;
};

RecurrenceResult token_by_token(const Arguments& in) {
  const auto r = in.r.unsqueeze(-2).unbind(1), a = in.a.unsqueeze(-2).unbind(1);
  const auto k = in.k.unsqueeze(-1).unbind(1), b = in.b.unsqueeze(-1).unbind(1);
  const auto decay = in.w.exp().unsqueeze(-1).unbind(1), v = in.v.unsqueeze(-2).unbind(1);
  at::Tensor state = in.state;
  std::vector<at::Tensor> outputs;
  for (size_t t = 0; t < r.size(); ++t) {
    state = state * decay[t] + b[t] * at::matmul(a[t], state) + k[t] * v[t];
    outputs.push_back(at::matmul(r[t], state).squeeze(-2));
  }
  return {at::stack(outputs, 1), state};
}

/// The four kinds of scores within chunks, [N, B * h, C, C].
struct Scores {
  at::Tensor rk, rb, ak, ab;
};

Scores scores(const at::Tensor& r, const at::Tensor& k, const at::Tensor& a, const at::Tensor& b,
              const at::Tensor& total, const at::Tensor& before) {
  const auto flat = [](const at::Tensor& x) { return x.flatten(0, 1); };
  const at::Tensor g = flat(total), g_before = flat(before);
  const auto of = [&](const at::Tensor& rows, const at::Tensor& from, const at::Tensor& keys,
                      bool strict) {
    return decayed_scores(flat(rows), from, flat(keys), g, strict)
        .reshape({r.size(0), r.size(1), r.size(2), r.size(2)});
  };
  return {of(r, g, k, false), of(r, g, b, false), of(a, g_before, k, true),
          of(a, g_before, b, true)};
}

RecurrenceResult by_chunks(const Arguments& in, int64_t chunk) {
  const at::Tensor r = to_chunks(in.r, chunk), k = to_chunks(in.k, chunk),
                   v = to_chunks(in.v, chunk), a = to_chunks(in.a, chunk),
                   b = to_chunks(in.b, chunk), w = to_chunks(in.w, chunk);
  const at::Tensor total = w.cumsum(2), before = total - w;
  const at::Tensor end = total.narrow(2, chunk - 1, 1), to_end = (end - total).exp();
  const Scores s = scores(r, k, a, b, total, before);
  // Z = own + reads S: both solved for at once, unit lower triangular.
  const at::Tensor wide = at::cat({at::matmul(s.ak, v), a * before.exp()}, -1);
  const at::Tensor solved = at::linalg_solve_triangular(-s.ab, wide, false, true, true);
  const int64_t values = v.size(-1);
  const auto own = solved.narrow(-1, 0, values).unbind(0);
  const auto reads = solved.narrow(-1, values, r.size(-1)).unbind(0);
  const auto add = at::matmul((k * to_end).mT(), v).unbind(0);
  const auto keep = end.exp().mT().unbind(0), writes = (b * to_end).mT().unbind(0);
  at::Tensor state = in.state.flatten(0, 1);
  std::vector<at::Tensor> states, z;
  for (size_t c = 0; c < own.size(); ++c) {
    states.push_back(state);
    z.push_back(at::baddbmm(own[c], reads[c], state));
    state = at::baddbmm(at::addcmul(add[c], keep[c], state), writes[c], z.back());
  }
  const at::Tensor output = at::matmul(r * total.exp(), at::stack(states)) + at::matmul(s.rk, v) +
                            at::matmul(s.rb, at::stack(z));
  return {from_chunks(output, in.r.size(0), in.r.size(1)), state.reshape(in.state.sizes())};
}

}  // namespace

RecurrenceResult dplr_delta_rule(const at::Tensor& r, const at::Tensor& w, const at::Tensor& k,
                                 const at::Tensor& v, const at::Tensor& a, const at::Tensor& b,
                                 const at::Tensor& state, Form form, int64_t chunk) {
  constexpr auto kRule = "dplr_delta_rule";
  const RecurrenceSizes s = check_recurrence(kRule, r, k, v, state, chunk);
  check_shape(kRule, "w", w, r.sizes());
  check_shape(kRule, "a", a, r.sizes());
  check_shape(kRule, "b", b, r.sizes());
  const at::ScalarType type = accumulate_type({r, w, k, v, a, b, state});
  const at::Tensor values = v.to(type);
  const Arguments in = {r.to(type),
                        w.to(type),
                        k.to(type),
                        values,
                        a.to(type),
                        b.to(type),
                        initial_state(state, s, values)};
  RecurrenceResult out;
  if (!wants_gradient({in.r, in.w, in.k, in.v, in.a, in.b, in.state}) && plain_loop_fits(in.v) &&
      (form == Form::recurrent || s.tokens < kFewTokens)) {
    out = run_token_loop(cpu::TokenRule::dplr, s,
                         {.q = in.r,
                          .k = in.k,
                          .v = in.v,
                          .decay = in.w,
                          .beta = {},
                          .a = in.a,
                          .b = in.b,
                          .state = in.state});
  } else {
    out = form == Form::recurrent ? token_by_token(in) : by_chunks(in, std::min(chunk, s.tokens));
  }
  return {out.output.to(v.scalar_type()), out.state};
}

}  // namespace tailor::supernet
