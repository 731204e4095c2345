// Steps 1-3 and 5 are batched over chunks; the scan over chunks has three products. The backward
// pass uses X = (I + A)^-T dV~, so that dA = -stril(X V~^T) and the gradient of W's product with
// the state needs no W: see cpu/delta_parts.h for the letters.
#include <ATen/ATen.h>

#include "supernet/torch/kernels/recurrence/chunks.h"
#include "supernet/torch/kernels/recurrence/delta_chunk.h"

namespace tailor::supernet {
namespace {

/// What both passes compute from the inputs alone; [N, B * h, C, ...].
struct Prepared {
  at::Tensor q, k, v, beta;
  at::Tensor decay, alike, a, p;  // D, D * K K^T, A, P: [N, B * h, C, C]
  at::Tensor begin, end, last;    // e^G, e^(G_C - G): [..., C, 1]; e^G_C: [..., 1, 1]
};

at::Tensor column(const at::Tensor& x) { return x.unsqueeze(-1); }

Prepared prepare(const DeltaArguments& in) {
  Prepared x;
  x.q = to_chunks(in.q, in.chunk);
  x.k = to_chunks(in.k, in.chunk);
  x.v = to_chunks(in.v, in.chunk);
  x.beta = column(to_chunks(in.beta, in.chunk));
  const at::Tensor g = in.g.defined() ? in.g : at::zeros_like(in.beta);
  const at::Tensor total = to_chunks(g, in.chunk).cumsum(-1, at::kDouble);
  const at::Tensor end = total.narrow(-1, in.chunk - 1, 1);
  x.decay = decay_matrix(total, in.q.scalar_type());
  x.alike = at::matmul(x.k, x.k.mT()) * x.decay;
  x.a = (x.beta * x.alike).tril(-1);
  x.p = at::matmul(x.q, x.k.mT()) * x.decay;
  x.begin = column(total.exp()).to(x.q.scalar_type());
  x.end = column((end - total).exp()).to(x.q.scalar_type());
  x.last = column(end.exp()).to(x.q.scalar_type());
  return x;
}

/// (I + a)^-1 x, or its transpose; a strictly lower triangular.
at::Tensor solve(const at::Tensor& a, const at::Tensor& x, bool transposed) {
  return at::linalg_solve_triangular(transposed ? a.mT() : a, x, transposed, true, true);
}

at::Tensor row_sums(const at::Tensor& x) { return x.sum(-1, true); }
/// Sums of rows minus sums of columns.
at::Tensor balance(const at::Tensor& x) { return row_sums(x) - column(x.sum(-2)); }
at::Tensor reverse_sums(const at::Tensor& x) { return x.flip({2}).cumsum(2).flip({2}); }

/// The scan from the last chunk to the first.
struct Scan {
  at::Tensor x;       // X of every chunk
  at::Tensor after;   // gradient of the state after every chunk
  at::Tensor before;  // of the state before the first
};

Scan scan_back(const Prepared& x, const at::Tensor& output_gradient, at::Tensor state_gradient) {
  const int64_t count = x.q.size(0);
  const at::Tensor into = at::matmul(x.p.mT(), output_gradient), keys = x.k * x.end;
  const at::Tensor reads = (x.q * x.begin).mT(), removals = (x.k * x.begin * x.beta).mT();
  std::vector<at::Tensor> solved(static_cast<size_t>(count)), after(solved.size());
  for (int64_t c = count - 1; c >= 0; --c) {
    const auto at = static_cast<size_t>(c);
    after[at] = state_gradient;
    solved[at] = solve(x.a[c], at::baddbmm(into[c], keys[c], state_gradient), true);
    state_gradient = at::baddbmm(x.last[c] * state_gradient, reads[c], output_gradient[c]);
    state_gradient = at::baddbmm(state_gradient, removals[c], solved[at], 1, -1);
  }
  return {at::stack(solved), at::stack(after), state_gradient};
}

}  // namespace

DeltaForward delta_forward_aten(const DeltaArguments& in, bool keep) {
  const Prepared x = prepare(in);
  const int64_t count = x.q.size(0), values = x.v.size(-1);
  const at::Tensor wide = at::cat({x.beta * x.v, x.beta * x.begin * x.k}, -1);
  const at::Tensor solved = solve(x.a, wide, false);
  const at::Tensor u = solved.narrow(-1, 0, values);
  const at::Tensor w = solved.narrow(-1, values, x.k.size(-1));
  const at::Tensor keys = (x.k * x.end).mT();
  at::Tensor state = in.state.reshape({-1, x.k.size(-1), values});
  std::vector<at::Tensor> states, writes;
  for (int64_t c = 0; c < count; ++c) {
    states.push_back(state);
    writes.push_back(at::baddbmm(u[c], w[c], state, 1, -1));
    state = at::baddbmm(x.last[c] * state, keys[c], writes.back());
  }
  DeltaForward out;
  out.states = at::stack(states);
  out.writes = at::stack(writes);
  out.output = from_chunks(at::matmul(x.q * x.begin, out.states) + at::matmul(x.p, out.writes),
                           in.q.size(0), in.q.size(1));
  out.state = state.reshape(in.state.sizes());
  if (!keep) out.states = out.writes = at::Tensor();
  return out;
}

DeltaBackward delta_backward_aten(const DeltaArguments& in, const DeltaForward& kept,
                                  const at::Tensor& output_gradient,
                                  const at::Tensor& state_gradient) {
  const Prepared x = prepare(in);
  const at::Tensor d_output = to_chunks(output_gradient, in.chunk);
  const Scan s = scan_back(x, d_output, state_gradient.reshape({-1, x.k.size(-1), x.v.size(-1)}));
  const at::Tensor dp = at::matmul(d_output, kept.writes.mT());
  const at::Tensor da = at::matmul(s.x, kept.writes.mT()).tril(-1).neg();
  const at::Tensor read = at::matmul(d_output, kept.states.mT());      // dO S^T
  const at::Tensor removed = at::matmul(s.x, kept.states.mT()).neg();  // Y
  const at::Tensor written = at::matmul(kept.writes, s.after.mT());    // V~ dS^T
  const at::Tensor dp_decayed = dp * x.decay, da_decayed = x.beta * da * x.decay;
  const at::Tensor through_end = x.end * row_sums(written * x.k);
  const at::Tensor through_begin = x.begin * row_sums(removed * x.k);
  const int64_t batch = in.q.size(0), tokens = in.q.size(1);
  const auto tokens_of = [&](const at::Tensor& y) { return from_chunks(y, batch, tokens); };
  DeltaBackward out;
  out.q = tokens_of(x.begin * read + at::matmul(dp_decayed, x.k));
  out.k = tokens_of(at::matmul(dp_decayed.mT(), x.q) + x.end * written +
                    at::matmul(da_decayed + da_decayed.mT(), x.k) + x.beta * x.begin * removed);
  out.v = tokens_of(x.beta * s.x);
  out.beta = tokens_of(row_sums(da * x.alike) + row_sums(s.x * x.v) + through_begin).squeeze(-1);
  out.state = s.before.reshape(state_gradient.sizes());
  if (!in.g.defined()) return out;
  at::Tensor dg = x.begin * row_sums(read * x.q) + x.beta * through_begin + balance(dp * x.p) +
                  balance(da * x.a) - through_end;
  dg.narrow(2, in.chunk - 1, 1) +=
      through_end.sum(2, true) + x.last * (s.after * kept.states).sum({2, 3}, true);
  out.g = tokens_of(reverse_sums(dg)).squeeze(-1);
  return out;
}

}  // namespace tailor::supernet
