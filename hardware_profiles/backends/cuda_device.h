// CUDA's resources as values, and its errors as ours.
#pragma once

#include <cublas_v2.h>
#include <cuda_runtime_api.h>
#include <cudnn.h>

#include <array>
#include <memory>
#include <span>
#include <vector>

#include "hardware_profiles/backends/cuda_driver.h"
#include "hardware_profiles/backends/cuda_kernels.h"

namespace tailor::hw {

/// Throw DeviceError `cuda: what: the library's text`.
void check_cuda(cudaError_t status, const char* what);
void check_cuda(cudnnStatus_t status, const char* what);
void check_cuda(cublasStatus_t status, const char* what);

struct CudaFree {
  void operator()(std::byte* memory) const { cudaFree(memory); }
};
using CudaMemory = std::unique_ptr<std::byte, CudaFree>;
CudaMemory cuda_memory(size_t bytes);

size_t cuda_bytes(CudaType type);
/// float32 on the host <-> `type` on the device.
CudaMemory cuda_upload(std::span<const float> values, CudaType type);
void cuda_write(std::byte* to, std::span<const float> values, CudaType type);
std::vector<float> cuda_read(const std::byte* from, size_t count, CudaType type);

/// A stream with the libraries' handles and events.
class CudaSession {
 public:
  explicit CudaSession(int number);
  ~CudaSession();
  CudaSession(const CudaSession&) = delete;
  CudaSession& operator=(const CudaSession&) = delete;

  const int device;
  cudaStream_t stream = nullptr;
  cudnnHandle_t dnn = nullptr;
  cublasHandle_t blas = nullptr;
  std::array<cudaEvent_t, CudaDriver::kEvents> events = {};
};

}  // namespace tailor::hw
