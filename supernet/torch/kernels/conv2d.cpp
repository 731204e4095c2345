// conv2d: our own kernels for depthwise float on the CPU, ATen for the rest.
#include "supernet/ops/conv2d.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include "supernet/torch/kernels/cpu/depthwise.h"
#include "supernet/torch/kernels/cpu/parallel.h"
#include "supernet/torch/kernels/kernel.h"

namespace tailor::supernet {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

at::Tensor channels_last(const at::Tensor& x) {
  return x.contiguous(at::MemoryFormat::ChannelsLast);
}

/// [C, 1, k, k] -> [k, k, C], optionally turned by 180 degrees.
at::Tensor taps_first(const at::Tensor& weight, bool turned) {
  const int64_t c = weight.size(0), k = weight.size(2);
  at::Tensor flat = weight.reshape({c, k * k});
  if (turned) flat = flat.flip({1});
  return flat.t().contiguous();
}

cpu::DepthwiseShape depthwise_shape(const at::Tensor& x, int64_t k, int64_t stride, int64_t pad) {
  return {x.size(0), x.size(2), x.size(3), x.size(1), k, stride, pad};
}

at::Tensor empty_map(int64_t n, int64_t c, int64_t h, int64_t w) {
  return at::empty({n, c, h, w},
                   at::TensorOptions(at::kFloat).memory_format(at::MemoryFormat::ChannelsLast));
}

void forward_images(const cpu::DepthwiseShape& s, const at::Tensor& x, const at::Tensor& taps,
                    at::Tensor& y) {
  const float *in = x.data_ptr<float>(), *w = taps.data_ptr<float>();
  float* out = y.data_ptr<float>();
  cpu::parallel_for(0, s.batch, 1, [&](int64_t begin, int64_t end) {
    cpu::depthwise_forward(s, in, w, out, begin, end);
  });
}

struct Depthwise : torch::autograd::Function<Depthwise> {
  static at::Tensor forward(AutogradContext* ctx, at::Tensor x, at::Tensor weight, int64_t stride,
                            int64_t padding) {
    x = channels_last(x);
    const auto s = depthwise_shape(x, weight.size(2), stride, padding);
    at::Tensor y = empty_map(s.batch, s.channels, s.out_height(), s.out_width());
    forward_images(s, x, taps_first(weight, false), y);
    ctx->save_for_backward({x, weight});
    ctx->saved_data["stride"] = stride;
    ctx->saved_data["padding"] = padding;
    return y;
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const variable_list saved = ctx->get_saved_variables();
    const at::Tensor dy = channels_last(grads[0]);
    const auto s = depthwise_shape(saved[0], saved[1].size(2), ctx->saved_data["stride"].toInt(),
                                   ctx->saved_data["padding"].toInt());
    at::Tensor dx, dw;
    if (ctx->needs_input_grad(0)) dx = input_gradient(s, dy, saved[1]);
    if (ctx->needs_input_grad(1)) dw = weight_gradient(s, saved[0], dy);
    return {dx, dw, {}, {}};
  }

  static at::Tensor input_gradient(const cpu::DepthwiseShape& s, const at::Tensor& dy,
                                   const at::Tensor& weight) {
    at::Tensor dx = empty_map(s.batch, s.channels, s.height, s.width);
    if (s.stride == 1) {
      // A stride of 1 makes it a convolution of dy with the turned kernel.
      const cpu::DepthwiseShape turned{
          s.batch, s.out_height(),          s.out_width(), s.channels, s.kernel,
          1,       s.kernel - 1 - s.padding};
      forward_images(turned, dy, taps_first(weight, true), dx);
      return dx;
    }
    const at::Tensor taps = taps_first(weight, false);
    const float *grad = dy.data_ptr<float>(), *w = taps.data_ptr<float>();
    float* out = dx.data_ptr<float>();
    cpu::parallel_for(0, s.batch, 1, [&](int64_t begin, int64_t end) {
      cpu::depthwise_input_gradient(s, grad, w, out, begin, end);
    });
    return dx;
  }

  static at::Tensor weight_gradient(const cpu::DepthwiseShape& s, const at::Tensor& x,
                                    const at::Tensor& dy) {
    at::Tensor taps = at::empty({s.kernel * s.kernel, s.channels}, dy.options());
    const float *in = x.data_ptr<float>(), *grad = dy.data_ptr<float>();
    float* out = taps.data_ptr<float>();
    cpu::parallel_for(0, s.channels, 16, [&](int64_t begin, int64_t end) {
      cpu::depthwise_weight_gradient(s, in, grad, out, begin, end);
    });
    return taps.t().reshape({s.channels, 1, s.kernel, s.kernel});
  }
};

bool own_depthwise(const Conv2d& op, const at::Tensor& x, const at::Tensor& weight) {
  const int64_t k = weight.size(2);
  return op.groups == x.size(1) && weight.size(0) == op.groups && weight.size(3) == k &&
         cpu::depthwise_supports(k) && op.padding < k && x.is_cpu() &&
         x.scalar_type() == at::kFloat && weight.scalar_type() == at::kFloat;
}

}  // namespace

Kernel run_conv2d;

at::Tensor run_conv2d(const KernelCall& call) {
  const auto& op = static_cast<const Conv2d&>(*call.node.op);
  const at::Tensor& x = call.inputs[0];
  const at::Tensor weight = call.weight(Role::weight), bias = call.weight(Role::bias);
  if (!own_depthwise(op, x, weight)) {
    return at::conv2d(x, weight, bias, op.stride, op.padding, 1, op.groups);
  }
  at::Tensor y = Depthwise::apply(x, weight, op.stride, op.padding);
  return bias.defined() ? y + bias.view({1, -1, 1, 1}) : y;
}

}  // namespace tailor::supernet
