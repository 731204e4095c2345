// One thread an element; float32 arithmetic whatever the storage.
#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include "hardware_profiles/backends/cuda_kernels.h"

namespace tailor::hw {
namespace {

__device__ float apply(CudaFunction function, float x) {
  const float hard = fminf(fmaxf(x + 3, 0.0F), 6.0F) / 6;
  switch (function) {
    case CudaFunction::none:
      return x;
    case CudaFunction::relu:
      return fmaxf(x, 0.0F);
    case CudaFunction::relu6:
      return fminf(fmaxf(x, 0.0F), 6.0F);
    case CudaFunction::h_swish:
      return x * hard;
    case CudaFunction::h_sigmoid:
      return hard;
    case CudaFunction::sigmoid:
      return 1 / (1 + expf(-x));
    case CudaFunction::silu:
      return x / (1 + expf(-x));
    case CudaFunction::gelu:
      return 0.5F * x * (1 + erff(x * 0.70710678F));
    case CudaFunction::tanh:
      return tanhf(x);
  }
  return x;
}

template <class T>
__global__ void elementwise(CudaElementwise w) {
  const int64_t i = blockIdx.x * static_cast<int64_t>(blockDim.x) + threadIdx.x;
  if (i >= w.count) return;
  const int64_t channel = i / w.inner % w.channels;
  float x = static_cast<float>(static_cast<const T*>(w.x)[i]);
  if (w.scale) x *= w.scale[channel];
  if (w.gate) {
    x *= static_cast<float>(static_cast<const T*>(w.gate)[i / w.per_image * w.channels + channel]);
  }
  if (w.shift) x += w.shift[channel];
  if (w.add) x += static_cast<float>(static_cast<const T*>(w.add)[i]);
  static_cast<T*>(w.y)[i] = static_cast<T>(apply(w.function, x));
}

template <class T>
void start(const CudaElementwise& work, cudaStream_t stream) {
  constexpr unsigned kThreads = 256;
  const auto blocks = static_cast<unsigned>((work.count + kThreads - 1) / kThreads);
  elementwise<T><<<blocks, kThreads, 0, stream>>>(work);
}

}  // namespace

cudaError_t cuda_elementwise(const CudaElementwise& work, CudaType type, cudaStream_t stream) {
  if (work.count == 0) return cudaSuccess;
  switch (type) {
    case CudaType::f32:
      start<float>(work, stream);
      break;
    case CudaType::f16:
      start<__half>(work, stream);
      break;
    case CudaType::bf16:
      start<__nv_bfloat16>(work, stream);
      break;
  }
  return cudaGetLastError();
}

}  // namespace tailor::hw
