// Linear attention with decays by head or by channel, and RWKV7's rule; gradients are autograd's.
#include <torch/torch.h>

#include <algorithm>
#include <vector>

#include "supernet/torch/kernels/recurrence/chunks.h"
#include "supernet/torch/kernels/recurrence/recurrence.h"

namespace tailor::supernet {
namespace {

constexpr int64_t kChannelChunk = 16;  // pairs of tokens have a decay a channel: C^2 K numbers

at::Tensor transposed(const at::Tensor& x) { return x.transpose(-1, -2); }

/// Decays as [..., C, 1] (by head) or [..., C, K] (by channel), cumulative within a chunk.
at::Tensor cumulative(const at::Tensor& decay, bool by_channel) {
  const at::Tensor column = by_channel ? decay : decay.unsqueeze(-1);
  return column.cumsum(-2);
}

/// sum_d x_id y_jd exp(G_id - H_jd) for i >= j (strict: i > j): [..., C, C]. G, H [..., C, 1 or K].
at::Tensor decayed_products(const at::Tensor& x, const at::Tensor& y, const at::Tensor& g,
                            const at::Tensor& h, bool strict) {
  const int64_t size = x.size(-2);
  const at::Tensor later =
      at::ones({size, size}, x.options().dtype(at::kBool)).triu(strict ? 0 : 1);
  const at::Tensor difference =
      (g.unsqueeze(-2) - h.unsqueeze(-3)).masked_fill(later.unsqueeze(-1), -INFINITY).exp();
  if (g.size(-1) == 1) return at::matmul(x, transposed(y)) * difference.squeeze(-1);
  return (x.unsqueeze(-2) * y.unsqueeze(-3) * difference).sum(-1);
}

/// The states before every chunk, [N, n, K, V], and the last one: S <- kept S + added.
std::pair<at::Tensor, at::Tensor> scan(at::Tensor state, const at::Tensor& kept,
                                       const at::Tensor& added) {
  std::vector<at::Tensor> before;
  for (int64_t c = 0; c < added.size(1); ++c) {
    before.push_back(state);
    state = state * kept.select(1, c) + added.select(1, c);
  }
  return {at::stack(before, 1), state};
}

RecurrenceResult chunked_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                                   const at::Tensor& decay, const at::Tensor& state,
                                   int64_t chunk) {
  const bool by_channel = decay.dim() == 4;
  const Chunks chunks(q, by_channel ? std::min(chunk, kChannelChunk) : chunk);
  const at::Tensor qs = chunks.cut(q), ks = chunks.cut(k), vs = chunks.cut(v);
  const at::Tensor g = cumulative(chunks.cut(decay), by_channel);
  const at::Tensor last = g.narrow(-2, g.size(-2) - 1, 1);
  const auto [states, end] =
      scan(chunks.cut_state(state, q.size(3), v.size(3), qs.options()), transposed(last).exp(),
           at::matmul(transposed(ks * (last - g).exp()), vs));
  const at::Tensor out =
      at::matmul(qs * g.exp(), states) + at::matmul(decayed_products(qs, ks, g, g, false), vs);
  return {chunks.join(out).to(v.scalar_type()), chunks.join_state(end)};
}

/// Runs `step(t, state)` over the tokens, which gives each one's output [B, h, V].
template <class Step>
RecurrenceResult over_tokens(const at::Tensor& q, const at::Tensor& v, const at::Tensor& state,
                             const Step& step) {
  at::Tensor s = state.defined()
                     ? exact(state)
                     : at::zeros({q.size(0), q.size(2), q.size(3), v.size(3)}, exact(q).options());
  std::vector<at::Tensor> out;
  for (int64_t t = 0; t < q.size(1); ++t) out.push_back(step(t, s));
  return {at::stack(out, 1).to(v.scalar_type()), s};
}

at::Tensor read(const at::Tensor& q, const at::Tensor& state) {
  return at::matmul(q.unsqueeze(-2), state).squeeze(-2);
}

}  // namespace

RecurrenceResult gated_linear_attention(const at::Tensor& q, const at::Tensor& k,
                                        const at::Tensor& v, const at::Tensor& decay,
                                        const at::Tensor& state, Form form, int64_t chunk) {
  if (form == Form::chunked) return chunked_attention(q, k, v, decay, state, chunk);
  const auto qs = exact(q).unbind(1), ks = exact(k).unbind(1), vs = exact(v).unbind(1);
  const auto factors =
      (decay.dim() == 4 ? exact(decay) : exact(decay).unsqueeze(-1)).exp().unsqueeze(-1).unbind(1);
  return over_tokens(q, v, state, [&](int64_t t, at::Tensor& s) {
    const auto i = static_cast<size_t>(t);
    s = s * factors[i] + ks[i].unsqueeze(-1) * vs[i].unsqueeze(-2);
    return read(qs[i], s);
  });
}

RecurrenceResult dplr_delta_rule(const at::Tensor& r, const at::Tensor& w, const at::Tensor& k,
                                 const at::Tensor& v, const at::Tensor& a, const at::Tensor& b,
                                 const at::Tensor& state, Form form, int64_t chunk) {
  if (form == Form::recurrent) {
    const auto rs = exact(r).unbind(1), ws = exact(w).exp().unsqueeze(-1).unbind(1),
               ks = exact(k).unbind(1), vs = exact(v).unbind(1), as = exact(a).unbind(1),
               bs = exact(b).unbind(1);
    return over_tokens(r, v, state, [&](int64_t t, at::Tensor& s) {
      const auto i = static_cast<size_t>(t);
      const at::Tensor seen = read(as[i], s).unsqueeze(-2);
      s = s * ws[i] + bs[i].unsqueeze(-1) * seen + ks[i].unsqueeze(-1) * vs[i].unsqueeze(-2);
      return read(rs[i], s);
    });
  }
  const Chunks chunks(r, std::min(chunk, kChannelChunk));
  const at::Tensor rs = chunks.cut(r), ks = chunks.cut(k), vs = chunks.cut(v), as = chunks.cut(a),
                   bs = chunks.cut(b), ws = chunks.cut(w);
  const at::Tensor g = cumulative(ws, true), before = g - ws,
                   last = g.narrow(-2, g.size(-2) - 1, 1);
  const at::Tensor aqk = decayed_products(rs, ks, g, g, false),
                   aqb = decayed_products(rs, bs, g, g, false),
                   aak = decayed_products(as, ks, before, g, true),
                   aab = decayed_products(as, bs, before, g, true);
  const at::Tensor eye = at::eye(aab.size(-1), aab.options());
  const at::Tensor inverse =
      at::linalg_solve_triangular(eye - aab, eye.expand_as(aab), false, true, true);
  const at::Tensor from_values = at::matmul(inverse, at::matmul(aak, vs)),
                   from_state = at::matmul(inverse, as * before.exp());
  const at::Tensor keys = transposed(ks * (last - g).exp()),
                   backs = transposed(bs * (last - g).exp());
  at::Tensor s = chunks.cut_state(state, r.size(3), v.size(3), rs.options());
  const at::Tensor kept = transposed(last).exp(), readers = rs * g.exp();
  std::vector<at::Tensor> out;
  for (int64_t c = 0; c < rs.size(1); ++c) {
    const at::Tensor z = from_values.select(1, c) + at::matmul(from_state.select(1, c), s);
    out.push_back(at::matmul(readers.select(1, c), s) +
                  at::matmul(aqk.select(1, c), vs.select(1, c)) + at::matmul(aqb.select(1, c), z));
    s = s * kept.select(1, c) + at::matmul(keys.select(1, c), vs.select(1, c)) +
        at::matmul(backs.select(1, c), z);
  }
  return {chunks.join(at::stack(out, 1)).to(v.scalar_type()), chunks.join_state(s)};
}

}  // namespace tailor::supernet
