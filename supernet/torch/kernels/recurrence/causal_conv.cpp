#include "supernet/torch/kernels/recurrence/causal_conv.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include "core/error.h"
#include "supernet/torch/kernels/recurrence/chunks.h"

namespace tailor::supernet {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// inputs [B, W - 1 + T, D] -> [B, T, D].
struct StaticConv : torch::autograd::Function<StaticConv> {
  static at::Tensor forward(AutogradContext* ctx, at::Tensor inputs, at::Tensor weight) {
    ctx->save_for_backward({inputs, weight});
    const int64_t taps = weight.size(1), tokens = inputs.size(1) - taps + 1;
    at::Tensor out = inputs.narrow(1, 0, tokens) * weight.select(1, 0);
    for (int64_t w = 1; w < taps; ++w) {
      out.addcmul_(inputs.narrow(1, w, tokens), weight.select(1, w));
    }
    return out;
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const variable_list saved = ctx->get_saved_variables();
    const at::Tensor &inputs = saved[0], &weight = saved[1], &dy = grads[0];
    const int64_t taps = weight.size(1), tokens = inputs.size(1) - taps + 1;
    const at::Tensor d_inputs = at::zeros_like(inputs), d_weight = at::empty_like(weight);
    for (int64_t w = 0; w < taps; ++w) {
      d_inputs.narrow(1, w, tokens).addcmul_(dy, weight.select(1, w));
      d_weight.select(1, w).copy_((dy * inputs.narrow(1, w, tokens)).flatten(0, 1).sum(0));
    }
    return {d_inputs, d_weight};
  }
};

}  // namespace

at::Tensor with_history(const char* name, const at::Tensor& x, const at::Tensor& history,
                        int64_t taps) {
  if (x.dim() != 3 || x.numel() == 0 || taps < 1) {
    throw ShapeError(str(name,
                         ": x must be [batch, tokens, channels], none 0, with at least 1 tap, got ",
                         c10::str(x.sizes()), " and ", taps, " taps"));
  }
  const std::vector<int64_t> shape = {x.size(0), taps - 1, x.size(2)};
  if (!history.defined()) return at::constant_pad_nd(x, {0, 0, taps - 1, 0});
  check_shape(name, "history", history, shape);
  return at::cat({history.to(x.scalar_type()), x}, 1);
}

ConvResult causal_conv(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                       const at::Tensor& history) {
  constexpr auto kName = "causal_conv";
  if (weight.dim() != 2) {
    throw ShapeError(
        str(kName, ": weight must be [channels, taps], got ", c10::str(weight.sizes())));
  }
  const int64_t taps = weight.size(1);
  const at::Tensor inputs = with_history(kName, x, history, taps);
  check_shape(kName, "weight", weight, {x.size(2), taps});
  if (bias.defined()) check_shape(kName, "bias", bias, {x.size(2)});
  const at::ScalarType type = accumulate_type({x, weight, bias});
  at::Tensor output = StaticConv::apply(inputs.to(type), weight.to(type));
  if (bias.defined()) output = output + bias.to(type);
  return {output.to(x.scalar_type()), inputs.narrow(1, x.size(1), taps - 1).clone()};
}

}  // namespace tailor::supernet
