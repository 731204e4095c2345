// The kernels of a network in order, with the memory they work in.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "hardware_profiles/backends/cuda_device.h"
#include "hardware_profiles/fused_network.h"

namespace tailor::hw {

/// Built once; enqueue() only enqueues and may be recorded into a CUDA graph.
class CudaProgram {
 public:
  /// Throws DeviceError naming the node it cannot run. All arguments must outlive the constructor;
  /// the session must outlive the program.
  CudaProgram(const FusedNetwork& network, const TensorFile& weights, CudaType type,
              CudaSession& session);

  void enqueue();
  std::byte* input() const { return value(0); }
  const std::byte* output() const { return value(output_); }
  /// Of values and workspace.
  int64_t bytes() const { return static_cast<int64_t>(value_bytes_ + workspace_bytes_); }

 private:
  void plan(const FusedNetwork& network);
  void add(const FusedStep& step);
  void convolution(const FusedStep& step);
  void linear(const FusedStep& step);
  void pool(const FusedStep& step, cudnnPoolingMode_t mode, const Shape& kernel, int64_t stride,
            int64_t padding);
  void reshape(const FusedStep& step);
  void sum(const FusedStep& step);
  void product(const FusedStep& step);
  void batch_norm(const FusedStep& step);
  /// shift, then the post-ops from `first` on, over the step's result.
  void finish(const FusedStep& step, const float* shift, size_t first = 0);
  /// Over `shape`: count, channels and the layout's strides.
  CudaElementwise elementwise(const Shape& shape, int from, int to) const;
  void add_elementwise(const CudaElementwise& work);

  std::byte* value(int number) const {
    return memory_.get() + offsets_[static_cast<size_t>(number)];
  }
  const Shape& shape(int number) const { return shapes_[static_cast<size_t>(number)]; }
  cudnnTensorDescriptor_t tensor(const Shape& shape);
  /// Float32 on the device, kept.
  const float* vector(const std::vector<float>& values);

  const TensorFile& weights_;
  const CudaType type_;
  CudaSession& session_;
  std::vector<Shape> shapes_;
  std::vector<size_t> offsets_;
  int output_ = 0;
  size_t value_bytes_ = 0, workspace_bytes_ = 0;
  CudaMemory memory_, workspace_;
  std::vector<CudaMemory> constants_;
  std::vector<std::shared_ptr<void>> descriptors_;
  std::vector<std::function<void()>> kernels_;
};

}  // namespace tailor::hw
