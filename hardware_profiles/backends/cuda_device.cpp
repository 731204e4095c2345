// Errors, memory, conversion, handles.
#include "hardware_profiles/backends/cuda_device.h"

#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include "core/error.h"

namespace tailor::hw {
namespace {

[[noreturn]] void fail(const char* what, const char* why) {
  throw DeviceError(str("cuda: ", what, ": ", why));
}

/// The values as the device stores them.
template <class T, class Convert>
void write_as(std::byte* to, std::span<const float> values, const Convert& convert) {
  std::vector<T> out;
  out.reserve(values.size());
  for (float value : values) out.push_back(convert(value));
  check_cuda(cudaMemcpy(to, out.data(), out.size() * sizeof(T), cudaMemcpyHostToDevice),
             "copying to the device");
  // Other streams do not wait for what the copy has only staged.
  check_cuda(cudaDeviceSynchronize(), "copying to the device");
}

template <class T, class Convert>
std::vector<float> read_as(const std::byte* from, size_t count, const Convert& convert) {
  std::vector<T> values(count);
  check_cuda(cudaMemcpy(values.data(), from, count * sizeof(T), cudaMemcpyDeviceToHost),
             "copying from the device");
  std::vector<float> out;
  out.reserve(count);
  for (const T& value : values) out.push_back(convert(value));
  return out;
}

}  // namespace

void check_cuda(cudaError_t status, const char* what) {
  if (status != cudaSuccess) fail(what, cudaGetErrorString(status));
}
void check_cuda(cudnnStatus_t status, const char* what) {
  if (status != CUDNN_STATUS_SUCCESS) fail(what, cudnnGetErrorString(status));
}
void check_cuda(cublasStatus_t status, const char* what) {
  if (status != CUBLAS_STATUS_SUCCESS) fail(what, cublasGetStatusString(status));
}

CudaMemory cuda_memory(size_t bytes) {
  void* memory = nullptr;
  check_cuda(cudaMalloc(&memory, bytes > 0 ? bytes : 1), "allocating memory");
  return CudaMemory(static_cast<std::byte*>(memory));
}

size_t cuda_bytes(CudaType type) { return type == CudaType::f32 ? 4 : 2; }

CudaMemory cuda_upload(std::span<const float> values, CudaType type) {
  CudaMemory memory = cuda_memory(values.size() * cuda_bytes(type));
  cuda_write(memory.get(), values, type);
  return memory;
}

void cuda_write(std::byte* to, std::span<const float> values, CudaType type) {
  if (type == CudaType::f32) return write_as<float>(to, values, [](float v) { return v; });
  if (type == CudaType::f16) {
    return write_as<__half>(to, values, [](float v) { return __float2half(v); });
  }
  write_as<__nv_bfloat16>(to, values, [](float v) { return __float2bfloat16(v); });
}

std::vector<float> cuda_read(const std::byte* from, size_t count, CudaType type) {
  if (type == CudaType::f32) return read_as<float>(from, count, [](float v) { return v; });
  if (type == CudaType::f16) {
    return read_as<__half>(from, count, [](const __half& v) { return __half2float(v); });
  }
  return read_as<__nv_bfloat16>(from, count,
                                [](const __nv_bfloat16& v) { return __bfloat162float(v); });
}

CudaSession::CudaSession(int number) : device(number) {
  check_cuda(cudaSetDevice(device), "choosing the device");
  check_cuda(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), "making a stream");
  check_cuda(cudnnCreate(&dnn), "starting cuDNN");
  check_cuda(cudnnSetStream(dnn, stream), "starting cuDNN");
  check_cuda(cublasCreate(&blas), "starting cuBLAS");
  check_cuda(cublasSetStream(blas, stream), "starting cuBLAS");
  for (cudaEvent_t& event : events) check_cuda(cudaEventCreate(&event), "making an event");
}

CudaSession::~CudaSession() {
  for (cudaEvent_t event : events) {
    if (event) cudaEventDestroy(event);
  }
  if (blas) cublasDestroy(blas);
  if (dnn) cudnnDestroy(dnn);
  if (stream) cudaStreamDestroy(stream);
}

}  // namespace tailor::hw
