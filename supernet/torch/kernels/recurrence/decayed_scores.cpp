#include "supernet/torch/kernels/recurrence/decayed_scores.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <limits>

namespace tailor::supernet {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr int64_t kBlock = 16;
// Elements of the [tokens, tokens, K] products on the diagonal held at a time: they stay in cache.
constexpr int64_t kHeld = 1 << 18;

/// q, from and k, total of the same tokens.
struct Scores {
  at::Tensor q, from, k, total;
  bool strict;
  Scores narrow(int64_t dim, int64_t begin, int64_t count) const {
    return {q.narrow(dim, begin, count), from.narrow(dim, begin, count),
            k.narrow(dim, begin, count), total.narrow(dim, begin, count), strict};
  }
  Scores zeros() const {
    return {at::zeros_like(q), at::zeros_like(q), at::zeros_like(k), at::zeros_like(k), strict};
  }
};

/// e^(from_id - total_jd), 0 where j is hidden from i: [M, c, c, K].
at::Tensor decays(const Scores& x) {
  const int64_t c = x.q.size(1);
  const at::Tensor hidden =
      at::ones({c, c}, x.q.options().dtype(at::kBool)).triu(x.strict ? 0 : 1).unsqueeze(-1);
  at::Tensor decay = x.from.unsqueeze(2) - x.total.unsqueeze(1);
  decay.masked_fill_(hidden, -std::numeric_limits<double>::infinity());
  return decay.exp_();
}

/// Calls body(begin, count) over pieces of the M chunks.
template <class Body>
void over_pieces(const Scores& x, const Body& body) {
  const int64_t c = x.q.size(1), chunks = x.q.size(0);
  const int64_t step = std::max<int64_t>(1, kHeld / (c * c * x.q.size(2)));
  for (int64_t m = 0; m < chunks; m += step) body(m, std::min(step, chunks - m));
}

/// The rows of one block against all earlier blocks, about the decay just before it.
struct Earlier {
  at::Tensor row_decay, key_decay, q, k;  // q and k decayed
  Earlier(const Scores& x, int64_t begin, int64_t count) {
    const at::Tensor reference = x.total.narrow(1, begin - 1, 1);
    row_decay = (x.from.narrow(1, begin, count) - reference).exp_();
    key_decay = (reference - x.total.narrow(1, 0, begin)).exp_();
    q = x.q.narrow(1, begin, count) * row_decay;
    k = x.k.narrow(1, 0, begin) * key_decay;
  }
};

void diagonal_forward(const Scores& x, const at::Tensor& out) {
  over_pieces(x, [&](int64_t m, int64_t count) {
    const Scores piece = x.narrow(0, m, count);
    out.narrow(0, m, count)
        .copy_(at::matmul(decays(piece).mul_(piece.k.unsqueeze(1)), piece.q.unsqueeze(-1))
                   .squeeze(-1));
  });
}

/// Adds to d.q and d.k.
void diagonal_backward(const Scores& x, const at::Tensor& grad, const Scores& d) {
  over_pieces(x, [&](int64_t m, int64_t count) {
    const Scores piece = x.narrow(0, m, count);
    const at::Tensor g = grad.narrow(0, m, count);
    at::Tensor decay = decays(piece);
    const at::Tensor keys = decay * piece.k.unsqueeze(1);
    d.q.narrow(0, m, count).add_(at::matmul(g.unsqueeze(-2), keys).squeeze(-2));
    decay.mul_(piece.q.unsqueeze(2)).mul_(g.unsqueeze(-1));
    d.k.narrow(0, m, count).add_(decay.sum(1));
  });
}

at::Tensor forward(const Scores& x) {
  const int64_t chunk = x.q.size(1);
  at::Tensor out = at::zeros({x.q.size(0), chunk, chunk}, x.q.options().requires_grad(false));
  for (int64_t begin = 0; begin < chunk; begin += kBlock) {
    const int64_t count = std::min(kBlock, chunk - begin);
    const at::Tensor rows = out.narrow(1, begin, count);
    diagonal_forward(x.narrow(1, begin, count), rows.narrow(2, begin, count));
    if (begin == 0) continue;
    const Earlier e(x, begin, count);
    rows.narrow(2, 0, begin).copy_(at::matmul(e.q, e.k.mT()));
  }
  return out;
}

Scores backward(const Scores& x, const at::Tensor& grad) {
  Scores d = x.zeros();
  const int64_t chunk = x.q.size(1);
  for (int64_t begin = 0; begin < chunk; begin += kBlock) {
    const int64_t count = std::min(kBlock, chunk - begin);
    const at::Tensor rows = grad.narrow(1, begin, count);
    diagonal_backward(x.narrow(1, begin, count), rows.narrow(2, begin, count),
                      d.narrow(1, begin, count));
    if (begin == 0) continue;
    const Earlier e(x, begin, count);
    const at::Tensor g = rows.narrow(2, 0, begin);
    d.q.narrow(1, begin, count).add_(at::matmul(g, e.k).mul_(e.row_decay));
    d.k.narrow(1, 0, begin).add_(at::matmul(g.mT(), e.q).mul_(e.key_decay));
  }
  // Exponents are linear in from and total, so their gradients follow from those of q and k.
  d.from = d.q * x.q;
  d.total = -(d.k * x.k);
  return d;
}

struct DecayedScores : torch::autograd::Function<DecayedScores> {
  static at::Tensor forward(AutogradContext* ctx, at::Tensor q, at::Tensor from, at::Tensor k,
                            at::Tensor total, bool strict) {
    ctx->save_for_backward({q, from, k, total});
    ctx->saved_data["strict"] = strict;
    return supernet::forward({q, from, k, total, strict});
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const variable_list saved = ctx->get_saved_variables();
    const Scores d = supernet::backward(
        {saved[0], saved[1], saved[2], saved[3], ctx->saved_data["strict"].toBool()}, grads[0]);
    return {d.q, d.from, d.k, d.total, {}};
  }
};

}  // namespace

at::Tensor decayed_scores(const at::Tensor& q, const at::Tensor& from, const at::Tensor& k,
                          const at::Tensor& total, bool strict) {
  return DecayedScores::apply(q, from, k, total, strict);
}

}  // namespace tailor::supernet
