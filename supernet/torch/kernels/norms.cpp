// Batch norm (with its activation fused where the data is float channels-last), layer and RMS norm.
#include "supernet/ops/norms.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include "supernet/torch/kernels/cpu/norm_act.h"
#include "supernet/torch/kernels/cpu/parallel.h"
#include "supernet/torch/kernels/kernel.h"
#include "supernet/torch/kernels/recurrence/chunks.h"

namespace tailor::supernet {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

cpu::Act parse_act(std::string_view function) {
  if (function == "relu") return cpu::Act::relu;
  if (function == "relu6") return cpu::Act::relu6;
  if (function == "h_swish") return cpu::Act::h_swish;
  return cpu::Act::identity;
}

/// [N, C, H, W] -> memory of N * H * W rows of C.
at::Tensor rows_of_channels(const at::Tensor& x) {
  return x.dim() == 4 ? x.contiguous(at::MemoryFormat::ChannelsLast) : x.contiguous();
}

/// Calls body(row_begin, row_end) over all rows. No row depends on another, so results do not
/// depend on the number of threads.
template <class Body>
void over_rows(int64_t rows, int64_t channels, const Body& body) {
  const int64_t grain = std::max<int64_t>(1, (1 << 16) / channels);
  cpu::parallel_for(0, rows, grain, body);
}

/// Normalises by the batch and applies the function; returns {y, mean, biased variance}.
struct NormAct : torch::autograd::Function<NormAct> {
  static variable_list forward(AutogradContext* ctx, at::Tensor x, at::Tensor scale,
                               at::Tensor shift, double eps, int64_t act) {
    x = rows_of_channels(x);
    const int64_t channels = x.size(1), rows = x.numel() / channels;
    at::Tensor mean = at::empty({channels}, x.options().memory_format(c10::nullopt));
    at::Tensor var = at::empty_like(mean);
    cpu::channel_moments(x.data_ptr<float>(), rows, channels, mean.data_ptr<float>(),
                         var.data_ptr<float>());
    const at::Tensor invstd = at::rsqrt(var + eps);
    const at::Tensor a = (scale * invstd).contiguous();
    const at::Tensor b = (shift - mean * a).contiguous();
    at::Tensor y = at::empty_like(x);
    const float *in = x.data_ptr<float>(), *pa = a.data_ptr<float>(), *pb = b.data_ptr<float>();
    float* out = y.data_ptr<float>();
    over_rows(rows, channels, [&](int64_t begin, int64_t end) {
      cpu::affine_act(in + begin * channels, out + begin * channels, end - begin, channels, pa, pb,
                      static_cast<cpu::Act>(act));
    });
    ctx->save_for_backward({x, a, b, mean, invstd});
    ctx->saved_data["act"] = act;
    ctx->mark_non_differentiable({mean, var});
    return {y, mean, var};
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const variable_list saved = ctx->get_saved_variables();
    const at::Tensor &x = saved[0], &a = saved[1], &b = saved[2], &mean = saved[3],
                     &invstd = saved[4];
    const auto act = static_cast<cpu::Act>(ctx->saved_data["act"].toInt());
    const at::Tensor dy = rows_of_channels(grads[0]);
    const int64_t channels = x.size(1), rows = x.numel() / channels;
    at::Tensor dshift = at::empty_like(mean), dscale = at::empty_like(mean);
    const float *px = x.data_ptr<float>(), *pa = a.data_ptr<float>(), *pb = b.data_ptr<float>(),
                *pm = mean.data_ptr<float>(), *ps = invstd.data_ptr<float>(),
                *pg = dy.data_ptr<float>();
    cpu::norm_act_backward_sums(px, pg, rows, channels, pa, pb, pm, ps, act,
                                dshift.data_ptr<float>(), dscale.data_ptr<float>());
    at::Tensor dx;
    if (ctx->needs_input_grad(0)) {
      dx = at::empty_like(x);
      const at::Tensor mz = dshift / static_cast<double>(rows);
      const at::Tensor mzx = dscale / static_cast<double>(rows);
      const float *pz = mz.data_ptr<float>(), *pzx = mzx.data_ptr<float>();
      float* out = dx.data_ptr<float>();
      over_rows(rows, channels, [&](int64_t begin, int64_t end) {
        const int64_t at = begin * channels;
        cpu::norm_act_backward(px + at, pg + at, out + at, end - begin, channels, pa, pb, pm, ps,
                               pz, pzx, act);
      });
    }
    return {dx, dscale, dshift, {}, {}};
  }
};

void accumulate(NormStatistics& s, const at::Tensor& mean, const at::Tensor& var, double images) {
  if (s.images == 0) {
    s.mean = at::zeros_like(mean);
    s.var = at::zeros_like(var);
  }
  // Running average weighted by images, as in OFA's set_running_statistics.
  const double share = images / (s.images + images);
  s.mean.lerp_(mean.detach(), share);
  s.var.lerp_(var.detach(), share);
  s.images += images;
}

void remember(const KernelCall& call, const at::Tensor& x, const at::Tensor& mean,
              const at::Tensor& var) {
  NormStatistics& s = *call.statistics;
  if (call.mode == RunMode::recalibrate) {
    accumulate(s, mean, var, static_cast<double>(x.size(0)));
  } else {
    s.batch_mean = mean.detach();
    s.batch_var = var.detach();
    s.batch_count = x.numel() / x.size(1);
  }
}

}  // namespace

bool norm_fuses(std::string_view function) {
  return function == "relu" || function == "relu6" || function == "h_swish";
}

Kernel run_batch_norm, run_layer_norm, run_rms_norm;

at::Tensor run_batch_norm(const KernelCall& call) {
  const auto& op = static_cast<const BatchNorm&>(*call.node.op);
  const at::Tensor& x = call.inputs[0];
  const at::Tensor scale = call.weight(Role::scale), shift = call.weight(Role::shift);
  if (call.mode == RunMode::eval) {
    at::Tensor y = at::batch_norm(x, scale, shift, call.statistics->mean, call.statistics->var,
                                  false, 0, op.eps, false);
    return call.fused_activation.empty() ? y : apply_activation(y, call.fused_activation, true);
  }
  if (x.is_cpu() && x.scalar_type() == at::kFloat) {
    const cpu::Act act = parse_act(call.fused_activation);
    const variable_list out = NormAct::apply(x, scale, shift, op.eps, static_cast<int64_t>(act));
    remember(call, x, out[1], out[2]);
    return out[0];
  }
  const auto [y, mean, invstd] = at::native_batch_norm(x, scale, shift, {}, {}, true, 0, op.eps);
  remember(call, x, mean, invstd.detach().pow(-2) - op.eps);
  return call.fused_activation.empty() ? y : apply_activation(y, call.fused_activation, false);
}

at::Tensor run_layer_norm(const KernelCall& call) {
  const auto& op = static_cast<const LayerNorm&>(*call.node.op);
  const at::Tensor scale = call.weight(Role::scale);
  return at::layer_norm(call.inputs[0], scale.sizes(), scale, call.weight(Role::shift), op.eps);
}

at::Tensor run_rms_norm(const KernelCall& call) {
  const auto& op = static_cast<const RmsNorm&>(*call.node.op);
  const at::Tensor& x = call.inputs[0];
  const at::Tensor wide = widened(x);
  const at::Tensor y = wide * at::rsqrt(wide.pow(2).mean(-1, true) + op.eps);
  return y.to(x.scalar_type()) * call.weight(Role::scale);
}

}  // namespace tailor::supernet
