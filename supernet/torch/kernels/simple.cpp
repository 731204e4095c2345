// Operations that ATen does as they are: linear, activations, pooling, sums, products, layout.
#include <ATen/ATen.h>

#include "core/error.h"
#include "supernet/ops/activation.h"
#include "supernet/ops/layout.h"
#include "supernet/ops/pool.h"
#include "supernet/torch/kernels/cpu/matrix_vector.h"
#include "supernet/torch/kernels/cpu/parallel.h"
#include "supernet/torch/kernels/kernel.h"
#include "supernet/torch/kernels/recurrence/chunks.h"

namespace tailor::supernet {

Kernel run_activation, run_add, run_channel_shuffle, run_concat, run_global_avg_pool, run_linear,
    run_multiply, run_pool, run_resample, run_reshape;

at::Tensor apply_activation(const at::Tensor& x, std::string_view function, bool in_place) {
  at::Tensor y = x;
  if (function == "identity") return y;
  if (function == "relu") return in_place ? at::relu_(y) : at::relu(y);
  if (function == "relu6") return in_place ? at::hardtanh_(y, 0, 6) : at::hardtanh(y, 0, 6);
  if (function == "h_swish") return in_place ? at::hardswish_(y) : at::hardswish(y);
  if (function == "h_sigmoid") return in_place ? at::hardsigmoid_(y) : at::hardsigmoid(y);
  if (function == "sigmoid") return in_place ? at::sigmoid_(y) : at::sigmoid(y);
  if (function == "silu") return in_place ? at::silu_(y) : at::silu(y);
  if (function == "gelu") return at::gelu(y);
  if (function == "tanh") return in_place ? at::tanh_(y) : at::tanh(y);
  if (function == "softplus") return at::softplus(y);
  if (function == "log_sigmoid") return at::log_sigmoid(y);
  throw Error(str("activation '", function, "' has no kernel"));
}

at::Tensor run_activation(const KernelCall& call) {
  const auto& op = static_cast<const Activation&>(*call.node.op);
  return apply_activation(call.inputs[0], op.function, call.may_overwrite);
}

namespace {

constexpr int64_t kFewVectors = 8;      // as many are multiplied while rows are in the cache
constexpr int64_t kElements = 1 << 15;  // of a matrix, that are worth a thread

/// Is it the product of a matrix with so few vectors that reading the matrix is all it costs?
bool few_vectors(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
  const at::ScalarType type = x.scalar_type();
  return x.is_cpu() && (type == at::kFloat || type == at::kBFloat16) &&
         weight.scalar_type() == type && weight.is_contiguous() &&
         x.numel() <= kFewVectors * x.size(-1) && !wants_gradient({x, weight, bias});
}

template <class Stored>
at::Tensor by_rows(const at::Tensor& x, const at::Tensor& weight) {
  const int64_t d = weight.size(1), rows = weight.size(0);
  const at::Tensor vectors = x.to(at::kFloat).contiguous();
  std::vector<int64_t> shape = x.sizes().vec();
  shape.back() = rows;
  at::Tensor out = at::empty(shape, vectors.options());
  const cpu::MatrixVector<Stored> product = {.rows = static_cast<const Stored*>(weight.data_ptr()),
                                             .vectors = vectors.data_ptr<float>(),
                                             .out = out.data_ptr<float>(),
                                             .d = d,
                                             .count = x.numel() / d,
                                             .stride = rows};
  cpu::parallel_for(0, rows, std::max<int64_t>(1, kElements / d),
                    [&](int64_t begin, int64_t end) { cpu::multiply_rows(product, begin, end); });
  return out;
}

}  // namespace

at::Tensor run_linear(const KernelCall& call) {
  const at::Tensor& x = call.inputs[0];
  const at::Tensor weight = call.weight(Role::weight), bias = call.weight(Role::bias);
  if (!few_vectors(x, weight, bias)) return at::linear(x, weight, bias);
  at::Tensor y =
      x.scalar_type() == at::kFloat ? by_rows<float>(x, weight) : by_rows<uint16_t>(x, weight);
  if (bias.defined()) y.add_(bias);
  return y.to(x.scalar_type());
}

at::Tensor run_add(const KernelCall& call) {
  at::Tensor sum = call.may_overwrite ? call.inputs[0] : call.inputs[0] + call.inputs[1];
  for (size_t i = call.may_overwrite ? 1 : 2; i < call.inputs.size(); ++i) sum.add_(call.inputs[i]);
  return sum;
}

at::Tensor run_multiply(const KernelCall& call) {
  at::Tensor x = call.inputs[0];
  return call.may_overwrite ? x.mul_(call.inputs[1]) : x * call.inputs[1];
}

at::Tensor run_concat(const KernelCall& call) {
  const auto& op = static_cast<const Concat&>(*call.node.op);
  return at::cat(std::vector<at::Tensor>(call.inputs.begin(), call.inputs.end()), op.axis);
}

at::Tensor run_channel_shuffle(const KernelCall& call) {
  return at::channel_shuffle(call.inputs[0],
                             static_cast<const ChannelShuffle&>(*call.node.op).groups);
}

at::Tensor run_reshape(const KernelCall& call) {
  const auto& op = static_cast<const Reshape&>(*call.node.op);
  Shape to = {call.inputs[0].size(0)};
  to.insert(to.end(), op.to.begin(), op.to.end());
  return call.inputs[0].contiguous().view(to);
}

at::Tensor run_pool(const KernelCall& call) {
  const auto& op = static_cast<const Pool&>(*call.node.op);
  const at::Tensor& x = call.inputs[0];
  return op.mode == "max"
             ? at::max_pool2d(x, op.kernel, op.stride, op.padding, 1, op.ceil_mode != 0)
             : at::avg_pool2d(x, op.kernel, op.stride, op.padding, op.ceil_mode != 0, false);
}

at::Tensor run_global_avg_pool(const KernelCall& call) { return call.inputs[0].mean({2, 3}, true); }

at::Tensor run_resample(const KernelCall& call) {
  const auto& op = static_cast<const Resample&>(*call.node.op);
  const at::Tensor& x = call.inputs[0];
  const std::vector<int64_t> size = {x.size(2) * op.up / op.down, x.size(3) * op.up / op.down};
  return op.mode == "nearest" ? at::upsample_nearest2d(x, size)
                              : at::upsample_bilinear2d(x, size, false);
}

}  // namespace tailor::supernet
