#include "supernet/torch/kernels/recurrence/normal.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include "supernet/torch/kernels/recurrence/chunks.h"

namespace tailor::supernet {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// x * r with r = (scale * sum x^2 + eps)^-1/2; keeps y and r for the backward pass.
struct Normalise : torch::autograd::Function<Normalise> {
  static at::Tensor forward(AutogradContext* ctx, at::Tensor x, double scale, double eps) {
    const at::Tensor r = x.square().sum(-1, true).mul_(scale).add_(eps).rsqrt_();
    const at::Tensor y = x * r;
    ctx->save_for_backward({y, r});
    ctx->saved_data["scale"] = scale;
    return y;
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const variable_list saved = ctx->get_saved_variables();
    const at::Tensor &y = saved[0], &r = saved[1], &dy = grads[0];
    const double scale = ctx->saved_data["scale"].toDouble();
    const at::Tensor along = (y * dy).sum(-1, true).mul_(scale);
    return {(dy - y * along).mul_(r), {}, {}};
  }
};

}  // namespace

at::Tensor l2_normalise(const at::Tensor& x, double eps) {
  return Normalise::apply(widened(x), 1.0, eps).to(x.scalar_type());
}

at::Tensor gated_rms_norm(const at::Tensor& o, const at::Tensor& gate, const at::Tensor& weight,
                          double eps, bool gate_first) {
  check_shape("gated_rms_norm", "gate", gate, o.sizes());
  check_shape("gated_rms_norm", "weight", weight, {o.size(-1)});
  const at::ScalarType type = accumulate_type({o, gate, weight});
  const at::Tensor open = at::silu(gate.to(type)), scale = weight.to(type);
  const at::Tensor x = o.to(type);
  const double mean = 1.0 / static_cast<double>(o.size(-1));
  const at::Tensor y = gate_first ? Normalise::apply(x * open, mean, eps) * scale
                                  : Normalise::apply(x, mean, eps) * scale * open;
  return y.to(o.scalar_type());
}

}  // namespace tailor::supernet
