// Convolutions and pools by cuDNN, linear layers by cuBLAS, the rest by one elementwise kernel.
#include "hardware_profiles/backends/cuda_program.h"

#include <map>

#include "core/error.h"
#include "hardware_profiles/buffer_plan.h"
#include "supernet/ops/activation.h"
#include "supernet/ops/conv2d.h"
#include "supernet/ops/pool.h"

namespace tailor::hw {
namespace {

constexpr size_t kAlignment = 256;  // of cudaMalloc, and enough for every vector load
constexpr float kOne = 1, kZero = 0;

CudaFunction cuda_function(const std::string& name) {
  static const std::map<std::string, CudaFunction> all = {
      {"relu", CudaFunction::relu},       {"relu6", CudaFunction::relu6},
      {"h_swish", CudaFunction::h_swish}, {"h_sigmoid", CudaFunction::h_sigmoid},
      {"sigmoid", CudaFunction::sigmoid}, {"silu", CudaFunction::silu},
      {"gelu", CudaFunction::gelu},       {"tanh", CudaFunction::tanh}};
  const auto it = all.find(name);
  if (it == all.end()) throw DeviceError(str("cuda: no activation '", name, "'"));
  return it->second;
}

cudnnDataType_t dnn_type(CudaType type) {
  if (type == CudaType::f32) return CUDNN_DATA_FLOAT;
  return type == CudaType::f16 ? CUDNN_DATA_HALF : CUDNN_DATA_BFLOAT16;
}
cudaDataType_t blas_type(CudaType type) {
  if (type == CudaType::f32) return CUDA_R_32F;
  return type == CudaType::f16 ? CUDA_R_16F : CUDA_R_16BF;
}
/// f32 lies channels first, the others channels last.
cudnnTensorFormat_t format(CudaType type) {
  return type == CudaType::f32 ? CUDNN_TENSOR_NCHW : CUDNN_TENSOR_NHWC;
}

int as_int(int64_t n) { return static_cast<int>(n); }

/// [O, I, kh, kw] -> [O, kh, kw, I].
std::vector<float> channels_last(const std::vector<float>& w, const Shape& s) {
  std::vector<float> out(w.size());
  const auto outer = static_cast<size_t>(s[0]), in = static_cast<size_t>(s[1]),
             window = static_cast<size_t>(s[2] * s[3]);
  for (size_t o = 0; o < outer; ++o) {
    for (size_t i = 0; i < in; ++i) {
      for (size_t k = 0; k < window; ++k) {
        out[(o * window + k) * in + i] = w[(o * in + i) * window + k];
      }
    }
  }
  return out;
}

[[noreturn]] void cannot(const FusedStep& step, const std::string& why) {
  throw DeviceError(str("cuda: node '", step.node->name, "', ", step.node->op->text(), ": ", why,
                        "; profile with cpu_torch"));
}

/// A cuDNN descriptor that destroys itself.
template <class T>
std::shared_ptr<void> owned(cudnnStatus_t (*create)(T**), cudnnStatus_t (*destroy)(T*)) {
  T* made = nullptr;
  check_cuda(create(&made), "making a descriptor");
  return std::shared_ptr<void>(made, [destroy](void* p) { destroy(static_cast<T*>(p)); });
}

}  // namespace

CudaProgram::CudaProgram(const FusedNetwork& network, const TensorFile& weights, CudaType type,
                         CudaSession& session)
    : weights_(weights),
      type_(type),
      session_(session),
      shapes_(network.shapes),
      output_(network.output) {
  plan(network);
  for (const FusedStep& step : network.steps) add(step);
  workspace_ = cuda_memory(workspace_bytes_);
}

void CudaProgram::enqueue() {
  for (const auto& kernel : kernels_) kernel();
}

void CudaProgram::plan(const FusedNetwork& network) {
  const std::vector<int> last = last_readers(network);
  const size_t end = network.steps.size();
  std::vector<BufferUse> uses(shapes_.size(), {0, 0, 0});
  const auto bytes = [&](size_t v) {
    return static_cast<size_t>(numel(shapes_[v])) * cuda_bytes(type_);
  };
  for (size_t i = 0; i < network.inputs; ++i) uses[i] = {bytes(i), 0, end};
  for (size_t s = 0; s < end; ++s) {
    const auto v = static_cast<size_t>(network.steps[s].output);
    uses[v] = {bytes(v), s, last[v] < 0 ? s : static_cast<size_t>(last[v])};
  }
  const BufferPlan places = plan_buffers(uses, kAlignment);
  offsets_ = places.offsets;
  value_bytes_ = places.bytes;
  memory_ = cuda_memory(places.bytes);
  check_cuda(cudaMemset(memory_.get(), 0, places.bytes), "clearing memory");
}

void CudaProgram::add(const FusedStep& step) {
  const std::string_view kind = step.kind();
  if (kind == "conv2d") return convolution(step);
  if (kind == "linear") return linear(step);
  if (kind == "add") return sum(step);
  if (kind == "multiply") return product(step);
  if (kind == "batch_norm") return batch_norm(step);
  if (kind == "reshape") return reshape(step);
  if (kind == "activation") {
    CudaElementwise work = elementwise(shape(step.output), step.inputs[0], step.output);
    work.function = cuda_function(static_cast<const Activation&>(*step.node->op).function);
    return add_elementwise(work);
  }
  if (kind == "global_avg_pool") {
    const Shape& in = shape(step.inputs[0]);
    return pool(step, CUDNN_POOLING_AVERAGE_COUNT_EXCLUDE_PADDING, {in[2], in[3]}, 1, 0);
  }
  if (kind == "pool") {
    const auto& op = static_cast<const Pool&>(*step.node->op);
    return pool(step,
                op.mode == "max" ? CUDNN_POOLING_MAX : CUDNN_POOLING_AVERAGE_COUNT_EXCLUDE_PADDING,
                {op.kernel, op.kernel}, op.stride, op.padding);
  }
  cannot(step, "this backend cannot run it");
}

cudnnTensorDescriptor_t CudaProgram::tensor(const Shape& shape) {
  const auto out = owned(cudnnCreateTensorDescriptor, cudnnDestroyTensorDescriptor);
  descriptors_.push_back(out);
  auto* descriptor = static_cast<cudnnTensorDescriptor_t>(out.get());
  check_cuda(
      cudnnSetTensor4dDescriptor(descriptor, format(type_), dnn_type(type_), as_int(shape[0]),
                                 as_int(shape[1]), as_int(shape[2]), as_int(shape[3])),
      "describing a map");
  return descriptor;
}

const float* CudaProgram::vector(const std::vector<float>& values) {
  constants_.push_back(cuda_upload(values, CudaType::f32));
  return reinterpret_cast<const float*>(constants_.back().get());
}

CudaElementwise CudaProgram::elementwise(const Shape& s, int from, int to) const {
  CudaElementwise work;
  work.x = value(from);
  work.y = value(to);
  work.count = numel(s);
  work.per_image = work.count / s[0];
  const bool map = s.size() == 4;
  work.channels = map ? s[1] : s.back();
  work.inner = map && type_ == CudaType::f32 ? s[2] * s[3] : 1;
  return work;
}

void CudaProgram::add_elementwise(const CudaElementwise& work) {
  kernels_.emplace_back([work, this] {
    check_cuda(cuda_elementwise(work, type_, session_.stream), "an elementwise kernel");
  });
}

void CudaProgram::finish(const FusedStep& step, const float* shift, size_t first) {
  const std::vector<PostOp>& ops = step.post_ops;
  for (size_t i = first; shift || i < ops.size();) {
    CudaElementwise work = elementwise(shape(step.output), step.output, step.output);
    work.shift = shift;
    shift = nullptr;
    if (i < ops.size() && ops[i].function.empty()) work.add = value(ops[i++].value);
    if (i < ops.size() && !ops[i].function.empty())
      work.function = cuda_function(ops[i++].function);
    add_elementwise(work);
  }
}

void CudaProgram::convolution(const FusedStep& step) {
  const auto& op = static_cast<const Conv2d&>(*step.node->op);
  const FoldedWeights folded = fold_weights(step, weights_);
  const Shape& w = folded.shape;
  const auto x = tensor(shape(step.inputs[0])), y = tensor(shape(step.output));
  descriptors_.push_back(owned(cudnnCreateFilterDescriptor, cudnnDestroyFilterDescriptor));
  auto* filter = static_cast<cudnnFilterDescriptor_t>(descriptors_.back().get());
  check_cuda(cudnnSetFilter4dDescriptor(filter, dnn_type(type_), format(type_), as_int(w[0]),
                                        as_int(w[1]), as_int(w[2]), as_int(w[3])),
             "describing a kernel");
  descriptors_.push_back(
      owned(cudnnCreateConvolutionDescriptor, cudnnDestroyConvolutionDescriptor));
  auto* conv = static_cast<cudnnConvolutionDescriptor_t>(descriptors_.back().get());
  const int stride = as_int(op.stride), padding = as_int(op.padding);
  check_cuda(cudnnSetConvolution2dDescriptor(conv, padding, padding, stride, stride, 1, 1,
                                             CUDNN_CROSS_CORRELATION, CUDNN_DATA_FLOAT),
             "describing a convolution");
  check_cuda(cudnnSetConvolutionGroupCount(conv, as_int(op.groups)), "setting groups");
  // f32 means f32: no TF32 multiplications.
  check_cuda(cudnnSetConvolutionMathType(
                 conv, type_ == CudaType::f32 ? CUDNN_FMA_MATH : CUDNN_TENSOR_OP_MATH),
             "choosing arithmetic");
  cudnnConvolutionFwdAlgoPerf_t best;
  int found = 0;
  check_cuda(
      cudnnGetConvolutionForwardAlgorithm_v7(session_.dnn, x, filter, conv, y, 1, &found, &best),
      "choosing an algorithm");
  if (found < 1 || best.status != CUDNN_STATUS_SUCCESS) cannot(step, "cuDNN has no algorithm");
  workspace_bytes_ = std::max(workspace_bytes_, best.memory);
  constants_.push_back(
      cuda_upload(type_ == CudaType::f32 ? folded.weight : channels_last(folded.weight, w), type_));
  kernels_.emplace_back([this, x, y, filter, conv, best, weight = constants_.back().get(),
                         from = value(step.inputs[0]), to = value(step.output)] {
    check_cuda(cudnnConvolutionForward(session_.dnn, &kOne, x, from, filter, weight, conv,
                                       best.algo, workspace_.get(), best.memory, &kZero, y, to),
               "a convolution");
  });
  finish(step, folded.bias.empty() ? nullptr : vector(folded.bias));
}

void CudaProgram::linear(const FusedStep& step) {
  const FoldedWeights folded = fold_weights(step, weights_);
  const int out = as_int(folded.shape[0]), in = as_int(folded.shape[1]),
            rows = as_int(numel(shape(step.output)) / out);
  constants_.push_back(cuda_upload(folded.weight, type_));
  // Row-major y = x W^T is column-major y^T = W x^T.
  kernels_.emplace_back([this, out, in, rows, weight = constants_.back().get(),
                         from = value(step.inputs[0]), to = value(step.output)] {
    const cudaDataType_t type = blas_type(type_);
    check_cuda(cublasGemmEx(session_.blas, CUBLAS_OP_T, CUBLAS_OP_N, out, rows, in, &kOne, weight,
                            type, in, from, type, in, &kZero, to, type, out, CUBLAS_COMPUTE_32F,
                            CUBLAS_GEMM_DEFAULT),
               "a linear layer");
  });
  finish(step, folded.bias.empty() ? nullptr : vector(folded.bias));
}

void CudaProgram::pool(const FusedStep& step, cudnnPoolingMode_t mode, const Shape& kernel,
                       int64_t stride, int64_t padding) {
  const Shape &in = shape(step.inputs[0]), &out = shape(step.output);
  for (size_t d = 0; d < 2; ++d) {
    if ((in[2 + d] + 2 * padding - kernel[d]) / stride + 1 == out[2 + d]) continue;
    cannot(step, "cuDNN rounds a pool's size down");
  }
  descriptors_.push_back(owned(cudnnCreatePoolingDescriptor, cudnnDestroyPoolingDescriptor));
  auto* pooling = static_cast<cudnnPoolingDescriptor_t>(descriptors_.back().get());
  check_cuda(cudnnSetPooling2dDescriptor(pooling, mode, CUDNN_NOT_PROPAGATE_NAN, as_int(kernel[0]),
                                         as_int(kernel[1]), as_int(padding), as_int(padding),
                                         as_int(stride), as_int(stride)),
             "describing a pool");
  kernels_.emplace_back([this, pooling, x = tensor(in), y = tensor(out),
                         from = value(step.inputs[0]), to = value(step.output)] {
    check_cuda(cudnnPoolingForward(session_.dnn, pooling, &kOne, x, from, &kZero, y, to), "a pool");
  });
  finish(step, nullptr);
}

void CudaProgram::reshape(const FusedStep& step) {
  const Shape& in = shape(step.inputs[0]);
  const bool order_kept = in.size() != 4 || type_ == CudaType::f32 || in[2] * in[3] == 1;
  if (!order_kept || shape(step.output).size() == 4)
    cannot(step, "maps lie channels last here, and cannot be reshaped");
  const size_t bytes = static_cast<size_t>(numel(in)) * cuda_bytes(type_);
  kernels_.emplace_back([this, bytes, from = value(step.inputs[0]), to = value(step.output)] {
    check_cuda(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToDevice, session_.stream),
               "a reshape");
  });
}

void CudaProgram::sum(const FusedStep& step) {
  for (size_t i = 1; i < step.inputs.size(); ++i) {
    CudaElementwise work =
        elementwise(shape(step.output), i == 1 ? step.inputs[0] : step.output, step.output);
    work.add = value(step.inputs[i]);
    add_elementwise(work);
  }
  finish(step, nullptr);
}

void CudaProgram::product(const FusedStep& step) {
  const Shape &x = shape(step.inputs[0]), &gate = shape(step.inputs[1]);
  if (x.size() != 4 || gate != Shape{x[0], x[1], 1, 1})
    cannot(step, "only a gate of one value a channel is known");
  CudaElementwise work = elementwise(x, step.inputs[0], step.output);
  work.gate = value(step.inputs[1]);
  add_elementwise(work);
  finish(step, nullptr);
}

void CudaProgram::batch_norm(const FusedStep& step) {
  const Shape& x = shape(step.inputs[0]);
  if (x.size() == 3) cannot(step, "a norm over the middle dimension");
  const ChannelAffine norm = norm_affine(*step.node, weights_);
  CudaElementwise work = elementwise(x, step.inputs[0], step.output);
  work.scale = vector(norm.scale);
  work.shift = vector(norm.shift);
  add_elementwise(work);
  finish(step, nullptr);
}

}  // namespace tailor::hw
