// The gated delta rule in chunks, with its gradient written out, and token by token.
#include <torch/torch.h>

#include <vector>

#include "supernet/torch/kernels/recurrence/chunks.h"
#include "supernet/torch/kernels/recurrence/recurrence.h"

namespace tailor::supernet {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

at::Tensor transposed(const at::Tensor& x) { return x.transpose(-1, -2); }
at::Tensor scaled_rows(const at::Tensor& x, const at::Tensor& by) { return x * by.unsqueeze(-1); }
at::Tensor row_sums(const at::Tensor& x) { return x.sum(-1); }

/// (I + A)^-1 of strictly lower triangular A, by substitution.
at::Tensor unit_inverse(const at::Tensor& a) {
  const at::Tensor eye = at::eye(a.size(-1), a.options());
  return at::linalg_solve_triangular(a + eye, eye.expand_as(a), false, true, true);
}

/// Everything of the forward pass that the scan over chunks and the gradient need; all [N, n, C, .]
/// with N sequences and heads, n chunks. In the letters of Yang et al. 2025.
struct Wy {
  at::Tensor from_start, to_end, total;  // exp(G), exp(G_C - G), exp(G_C)
  at::Tensor decay, inverse, u, w;       // exp(G_i - G_j), (I + A)^-1
};

Wy make_wy(const at::Tensor& k, const at::Tensor& v, const at::Tensor& g, const at::Tensor& beta) {
  Wy wy;
  const at::Tensor sums = g.cumsum(-1);
  const at::Tensor last = sums.narrow(-1, sums.size(-1) - 1, 1);
  wy.from_start = sums.exp();
  wy.to_end = (last - sums).exp();
  wy.total = last.exp().unsqueeze(-1);
  wy.decay = decay_matrix(sums);
  const at::Tensor a = (scaled_rows(at::matmul(k, transposed(k)), beta) * wy.decay).tril(-1);
  wy.inverse = unit_inverse(a);
  wy.u = at::matmul(wy.inverse, scaled_rows(v, beta));
  wy.w = at::matmul(wy.inverse, scaled_rows(k, beta * wy.from_start));
  return wy;
}

/// q, k [N, n, C, K], v [N, n, C, V], g, beta [N, n, C], state [N, K, V].
struct ChunkedDeltaRule : torch::autograd::Function<ChunkedDeltaRule> {
  static variable_list forward(AutogradContext* ctx, at::Tensor q, at::Tensor k, at::Tensor v,
                               at::Tensor g, at::Tensor beta, at::Tensor state) {
    const Wy wy = make_wy(k, v, g, beta);
    const at::Tensor writers = scaled_rows(k, wy.to_end);
    std::vector<at::Tensor> before, written;
    for (int64_t c = 0; c < q.size(1); ++c) {
      before.push_back(state);
      written.push_back(at::baddbmm(wy.u.select(1, c), wy.w.select(1, c), state, 1, -1));
      state = at::baddbmm(state * wy.total.select(1, c), transposed(writers.select(1, c)),
                          written.back());
    }
    const at::Tensor states = at::stack(before, 1), values = at::stack(written, 1);
    const at::Tensor p = at::matmul(q, transposed(k)) * wy.decay;
    const at::Tensor out =
        at::matmul(scaled_rows(q, wy.from_start), states) + at::matmul(p, values);
    ctx->save_for_backward({q, k, v, g, beta, wy.inverse, wy.u, wy.w, states, values});
    return {out, state};
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const variable_list saved = ctx->get_saved_variables();
    const at::Tensor &q = saved[0], &k = saved[1], &v = saved[2], &beta = saved[4];
    const at::Tensor &inverse = saved[5], &u = saved[6], &w = saved[7], &states = saved[8],
                     &values = saved[9];
    const at::Tensor sums = saved[3].cumsum(-1), last = sums.narrow(-1, sums.size(-1) - 1, 1);
    const at::Tensor from_start = sums.exp(), to_end = (last - sums).exp(),
                     total = last.exp().unsqueeze(-1), decay = decay_matrix(sums);
    const at::Tensor d_out = grads[0].defined() ? grads[0] : at::zeros_like(v);
    const at::Tensor p = at::matmul(q, transposed(k)) * decay;
    const at::Tensor readers = scaled_rows(q, from_start), writers = scaled_rows(k, to_end);
    // The scan backwards: gradients of what is written and of every chunk's last state.
    const at::Tensor by_output = at::matmul(transposed(p), d_out);
    const at::Tensor by_reading = at::matmul(transposed(readers), d_out);
    at::Tensor d_state = grads[1].defined() ? grads[1] : at::zeros_like(states.select(1, 0));
    std::vector<at::Tensor> d_last(static_cast<size_t>(q.size(1))), d_written = d_last;
    for (int64_t c = q.size(1) - 1; c >= 0; --c) {
      const auto i = static_cast<size_t>(c);
      d_last[i] = d_state;
      d_written[i] = at::baddbmm(by_output.select(1, c), writers.select(1, c), d_state);
      d_state = d_state * total.select(1, c) + by_reading.select(1, c);
      d_state = at::baddbmm(d_state, transposed(w.select(1, c)), d_written[i], 1, -1);
    }
    const at::Tensor d_end = at::stack(d_last, 1), d_u = at::stack(d_written, 1);
    const at::Tensor d_w = -at::matmul(d_u, transposed(states));
    const at::Tensor d_p = at::matmul(d_out, transposed(values)).tril() * decay;
    const at::Tensor x = at::matmul(transposed(inverse), d_u);
    const at::Tensor y = at::matmul(transposed(inverse), d_w);
    const at::Tensor d_a =
        -(at::matmul(x, transposed(u)) + at::matmul(y, transposed(w))).tril(-1) * decay;
    const at::Tensor kk = at::matmul(k, transposed(k)), m = scaled_rows(d_a, beta);
    const at::Tensor read_back = at::matmul(d_out, transposed(states));
    const at::Tensor write_back = at::matmul(values, transposed(d_end));
    const at::Tensor y_start = scaled_rows(y, from_start);
    const at::Tensor d_q = scaled_rows(read_back, from_start) + at::matmul(d_p, k);
    const at::Tensor d_k = at::matmul(transposed(d_p), q) + scaled_rows(write_back, to_end) +
                           at::matmul(m + transposed(m), k) + scaled_rows(y_start, beta);
    const at::Tensor a_pairs = d_a * kk;
    const at::Tensor yk = row_sums(y_start * k);
    const at::Tensor d_beta = row_sums(a_pairs) + row_sums(x * v) + yk;
    const at::Tensor pairs = d_p * at::matmul(q, transposed(k)) + scaled_rows(a_pairs, beta);
    const at::Tensor ended = row_sums(write_back * writers);
    at::Tensor d_sums =
        row_sums(read_back * readers) + beta * yk + row_sums(pairs) - pairs.sum(-2) - ended;
    const at::Tensor kept = (d_end * states).sum({-1, -2}) * total.squeeze(-1).squeeze(-1);
    d_sums.select(-1, d_sums.size(-1) - 1).add_(ended.sum(-1) + kept);
    return {d_q, d_k, scaled_rows(x, beta), d_sums.flip(-1).cumsum(-1).flip(-1), d_beta, d_state};
  }
};

RecurrenceResult chunked(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                         const at::Tensor& g, const at::Tensor& beta, const at::Tensor& state,
                         int64_t chunk) {
  const Chunks chunks(q, chunk);
  const at::Tensor rows = chunks.cut(q);
  const variable_list out =
      ChunkedDeltaRule::apply(rows, chunks.cut(k), chunks.cut(v), chunks.cut(g), chunks.cut(beta),
                              chunks.cut_state(state, q.size(3), v.size(3), rows.options()));
  return {chunks.join(out[0]).to(v.scalar_type()), chunks.join_state(out[1])};
}

/// One token: q, k [B, h, K], v [B, h, V], g, beta [B, h].
at::Tensor step(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const at::Tensor& g,
                const at::Tensor& beta, at::Tensor& state) {
  if (g.defined()) state = state * g.exp().unsqueeze(-1).unsqueeze(-1);
  const at::Tensor row = k.unsqueeze(-2);
  const at::Tensor write =
      (v.unsqueeze(-2) - at::matmul(row, state)) * beta.unsqueeze(-1).unsqueeze(-1);
  state = state + transposed(row) * write;
  return at::matmul(q.unsqueeze(-2), state).squeeze(-2);
}

}  // namespace

RecurrenceResult gated_delta_rule(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                                  const at::Tensor& g, const at::Tensor& beta,
                                  const at::Tensor& state, Form form, int64_t chunk) {
  if (form == Form::chunked) {
    return chunked(q, k, v, g.defined() ? g : at::zeros_like(beta), beta, state, chunk);
  }
  at::Tensor s = state.defined()
                     ? exact(state)
                     : at::zeros({q.size(0), q.size(2), q.size(3), v.size(3)}, exact(q).options());
  const auto tokens = [](const at::Tensor& x) {
    return x.defined() ? exact(x).unbind(1) : std::vector<at::Tensor>();
  };
  const auto qs = tokens(q), ks = tokens(k), vs = tokens(v), gs = tokens(g), betas = tokens(beta);
  std::vector<at::Tensor> out;
  for (size_t t = 0; t < qs.size(); ++t) {
    out.push_back(step(qs[t], ks[t], vs[t], gs.empty() ? at::Tensor() : gs[t], betas[t], s));
  }
  return {at::stack(out, 1).to(v.scalar_type()), s};
}

}  // namespace tailor::supernet
