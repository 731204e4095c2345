// The elementwise kernel of the CUDA backend. Pointers, sizes and a stream only.
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>

namespace tailor::hw {

enum class CudaType { f32, f16, bf16 };
enum class CudaFunction { none, relu, relu6, h_swish, h_sigmoid, sigmoid, silu, gelu, tanh };

/// y = function(x * scale[c] * gate[n, c] + shift[c] + add); null: left out. x, y, gate, add hold
/// `type`; scale and shift float32. Element i belongs to channel i / inner % channels and image
/// i / (inner channels): inner is 1 for channels last, else the map's size.
struct CudaElementwise {
  const void* x = nullptr;
  const void* gate = nullptr;
  const void* add = nullptr;
  const float* scale = nullptr;
  const float* shift = nullptr;
  void* y = nullptr;
  int64_t count = 0, channels = 1, inner = 1, per_image = 1;
  CudaFunction function = CudaFunction::none;
};
/// One of them, of all images; returns the launch's error.
cudaError_t cuda_elementwise(const CudaElementwise& work, CudaType type, cudaStream_t stream);

}  // namespace tailor::hw
