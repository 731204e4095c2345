// Sums over shifted inputs.
#include "supernet/torch/kernels/recurrence/causal_conv.h"

#include <torch/torch.h>

#include <algorithm>

namespace tailor::supernet {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr int64_t kTokens = 512;  // whose taps exist together

/// The tokens before, then x: [B, W - 1 + T, D].
at::Tensor with_history(const at::Tensor& x, int64_t taps, const at::Tensor& history) {
  if (taps == 1) return x;
  const at::Tensor before =
      history.defined() ? history : at::zeros({x.size(0), taps - 1, x.size(2)}, x.options());
  return at::cat({before, x}, 1);
}

at::Tensor tail(const at::Tensor& padded, int64_t taps) {
  if (taps == 1) return {};
  return padded.narrow(1, padded.size(1) - taps + 1, taps - 1).contiguous();
}

/// Taps [B, t, D, W] of tokens `begin` to `begin` + t.
at::Tensor make_taps(const at::Tensor& hidden, const at::Tensor& w2, const at::Tensor& bias,
                     int64_t begin, int64_t count, int64_t taps) {
  return at::linear(hidden.narrow(1, begin, count), w2, bias).unflatten(2, {-1, taps});
}

/// padded [B, W - 1 + T, D], hidden [B, T, R].
struct DynamicConv : torch::autograd::Function<DynamicConv> {
  static at::Tensor forward(AutogradContext* ctx, at::Tensor padded, at::Tensor hidden,
                            at::Tensor w2, at::Tensor bias, int64_t taps) {
    ctx->save_for_backward({padded, hidden, w2, bias});
    ctx->saved_data["taps"] = taps;
    std::vector<at::Tensor> parts;
    for (int64_t begin = 0; begin < hidden.size(1); begin += kTokens) {
      const int64_t count = std::min(kTokens, hidden.size(1) - begin);
      const at::Tensor kappa = make_taps(hidden, w2, bias, begin, count, taps);
      at::Tensor sum = kappa.select(3, 0) * padded.narrow(1, begin, count);
      for (int64_t w = 1; w < taps; ++w) {
        sum.addcmul_(kappa.select(3, w), padded.narrow(1, begin + w, count));
      }
      parts.push_back(sum);
    }
    return parts.size() == 1 ? parts[0] : at::cat(parts, 1);
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const variable_list saved = ctx->get_saved_variables();
    const at::Tensor &padded = saved[0], &hidden = saved[1], &w2 = saved[2], &bias = saved[3];
    const int64_t taps = ctx->saved_data["taps"].toInt();
    const at::Tensor d_out = grads[0].contiguous();
    at::Tensor d_padded = at::zeros_like(padded), d_w2 = at::zeros_like(w2),
               d_bias = at::zeros_like(bias);
    std::vector<at::Tensor> d_hidden;
    for (int64_t begin = 0; begin < hidden.size(1); begin += kTokens) {
      const int64_t count = std::min(kTokens, hidden.size(1) - begin);
      const at::Tensor kappa = make_taps(hidden, w2, bias, begin, count, taps);
      const at::Tensor part = d_out.narrow(1, begin, count);
      at::Tensor d_kappa = at::empty_like(kappa);
      for (int64_t w = 0; w < taps; ++w) {
        const at::Tensor inputs = padded.narrow(1, begin + w, count);
        d_kappa.select(3, w).copy_(part * inputs);
        d_padded.narrow(1, begin + w, count).addcmul_(part, kappa.select(3, w));
      }
      const at::Tensor rows = d_kappa.flatten(2, 3).flatten(0, 1);  // [B t, D W]
      const at::Tensor inputs = hidden.narrow(1, begin, count).flatten(0, 1);
      d_w2.addmm_(rows.t(), inputs);
      d_bias.add_(rows.sum(0));
      d_hidden.push_back(at::mm(rows, w2).unflatten(0, {hidden.size(0), count}));
    }
    return {d_padded, at::cat(d_hidden, 1), d_w2, d_bias, {}};
  }
};

}  // namespace

ConvResult causal_conv(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                       const at::Tensor& history) {
  const int64_t taps = weight.size(1);
  const at::Tensor padded = with_history(x, taps, history);
  at::Tensor sum = padded.narrow(1, 0, x.size(1)) * weight.select(1, 0);
  for (int64_t w = 1; w < taps; ++w) {
    sum = sum.addcmul(padded.narrow(1, w, x.size(1)), weight.select(1, w));
  }
  return {bias.defined() ? sum + bias : sum, tail(padded, taps)};
}

ConvResult dynamic_causal_conv(const at::Tensor& x, const at::Tensor& hidden, const at::Tensor& w2,
                               const at::Tensor& bias, int64_t taps, const at::Tensor& history) {
  const at::Tensor padded = with_history(x, taps, history);
  return {DynamicConv::apply(padded, hidden, w2, bias, taps), tail(padded, taps)};
}

}  // namespace tailor::supernet
