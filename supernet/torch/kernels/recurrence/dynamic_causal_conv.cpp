// The convolution whose taps a small network makes for every token. One tap of a block of tokens is
// one matrix product; its weights are a strided view of w2.
#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>

#include "core/error.h"
#include "supernet/torch/kernels/recurrence/causal_conv.h"
#include "supernet/torch/kernels/recurrence/chunks.h"

namespace tailor::supernet {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// Values of one tap made at a time; the whole tensor of taps would be W times all tokens.
constexpr int64_t kHeld = 1 << 19;

/// What makes the taps, [D, W, R] and [D, W]; and its view for one tap.
struct Generator {
  at::Tensor w2, bias;
  Generator(const at::Tensor& w2_rows, const at::Tensor& bias_rows, int64_t taps)
      : w2(w2_rows.view({-1, taps, w2_rows.size(1)})), bias(bias_rows.view({-1, taps})) {}
  at::Tensor weight(int64_t tap) const { return w2.select(1, tap); }
  /// hidden [B, n, R] -> [B, n, D].
  at::Tensor tap(const at::Tensor& hidden, int64_t tap) const {
    const at::Tensor rows = hidden.reshape({-1, hidden.size(2)});
    return at::addmm(bias.select(1, tap), rows, weight(tap).t())
        .view({hidden.size(0), hidden.size(1), -1});
  }
};

/// Calls body(begin, count) over blocks of tokens.
template <class Body>
void over_blocks(int64_t batch, int64_t tokens, int64_t channels, const Body& body) {
  const int64_t step = std::max<int64_t>(1, kHeld / (batch * channels));
  for (int64_t t = 0; t < tokens; t += step) body(t, std::min(step, tokens - t));
}

/// inputs [B, W - 1 + T, D], hidden [B, T, R] -> [B, T, D].
struct DynamicConv : torch::autograd::Function<DynamicConv> {
  static at::Tensor forward(AutogradContext* ctx, at::Tensor inputs, at::Tensor hidden,
                            at::Tensor w2, at::Tensor bias, int64_t taps) {
    ctx->save_for_backward({inputs, hidden, w2, bias});
    ctx->saved_data["taps"] = taps;
    const Generator generator(w2, bias, taps);
    const int64_t batch = inputs.size(0), tokens = hidden.size(1), channels = inputs.size(2);
    at::Tensor out = at::zeros({batch, tokens, channels}, inputs.options().requires_grad(false));
    over_blocks(batch, tokens, channels, [&](int64_t begin, int64_t count) {
      const at::Tensor block = hidden.narrow(1, begin, count);
      for (int64_t w = 0; w < taps; ++w) {
        out.narrow(1, begin, count)
            .addcmul_(inputs.narrow(1, begin + w, count), generator.tap(block, w));
      }
    });
    return out;
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const variable_list saved = ctx->get_saved_variables();
    const at::Tensor &inputs = saved[0], &hidden = saved[1], &w2 = saved[2], &bias = saved[3];
    const int64_t taps = ctx->saved_data["taps"].toInt();
    const Generator generator(w2, bias, taps);
    const at::Tensor d_inputs = at::zeros_like(inputs), d_hidden = at::zeros_like(hidden);
    const at::Tensor d_w2 = at::zeros_like(w2), d_bias = at::zeros_like(bias);
    const Generator d_generator(d_w2, d_bias, taps);
    over_blocks(inputs.size(0), hidden.size(1), inputs.size(2), [&](int64_t begin, int64_t count) {
      const at::Tensor block = hidden.narrow(1, begin, count),
                       dy = grads[0].narrow(1, begin, count);
      const at::Tensor rows = block.reshape({-1, hidden.size(2)});
      at::Tensor d_rows = at::zeros_like(rows);
      for (int64_t w = 0; w < taps; ++w) {
        d_inputs.narrow(1, begin + w, count).addcmul_(dy, generator.tap(block, w));
        const at::Tensor d_tap =
            (dy * inputs.narrow(1, begin + w, count)).reshape({-1, inputs.size(2)});
        d_rows.addmm_(d_tap, generator.weight(w));
        d_generator.weight(w).addmm_(d_tap.t(), rows);
        d_generator.bias.select(1, w).add_(d_tap.sum(0));
      }
      d_hidden.narrow(1, begin, count).copy_(d_rows.view(block.sizes()));
    });
    return {d_inputs, d_hidden, d_w2, d_bias, {}};
  }
};

/// One token: all its taps in one product.
at::Tensor one_token(const at::Tensor& inputs, const at::Tensor& hidden, const at::Tensor& w2,
                     const at::Tensor& bias, int64_t taps) {
  const at::Tensor all = at::addmm(bias, hidden.squeeze(1), w2.t());
  return (all.view({inputs.size(0), -1, taps}) * inputs.mT()).sum(-1).unsqueeze(1);
}

}  // namespace

ConvResult dynamic_causal_conv(const at::Tensor& x, const at::Tensor& hidden, const at::Tensor& w2,
                               const at::Tensor& bias, int64_t taps, const at::Tensor& history) {
  constexpr auto kName = "dynamic_causal_conv";
  const at::Tensor inputs = with_history(kName, x, history, taps);
  if (w2.dim() != 2) {
    throw ShapeError(
        str(kName, ": w2 must be [channels * taps, rank], got ", c10::str(w2.sizes())));
  }
  check_shape(kName, "w2", w2, {x.size(2) * taps, w2.size(1)});
  check_shape(kName, "hidden", hidden, {x.size(0), x.size(1), w2.size(1)});
  check_shape(kName, "bias", bias, {x.size(2) * taps});
  const at::ScalarType type = accumulate_type({x, hidden, w2, bias});
  const at::Tensor in = inputs.to(type), from = hidden.to(type), rows = w2.to(type).contiguous(),
                   shift = bias.to(type).contiguous();
  const bool decoding = x.size(1) == 1 && !wants_gradient({in, from, rows, shift});
  const at::Tensor output = decoding ? one_token(in, from, rows, shift, taps)
                                     : DynamicConv::apply(in, from, rows, shift, taps);
  return {output.to(x.scalar_type()), inputs.narrow(1, x.size(1), taps - 1).clone()};
}

}  // namespace tailor::supernet
