// A network as cuDNN, cuBLAS and elementwise kernels, ready to run. No CUDA header is needed.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "core/tensor_file.h"
#include "hardware_profiles/device.h"

namespace tailor::hw {

struct CudaOptions {
  int64_t device = 0, batch = 1;
  Precision precision = Precision::f32;
  bool graph = true;         ///< record the kernels once and launch them as one CUDA graph
  bool flush_cache = false;  ///< every run finds the second-level cache cold
};

/// Maps lie channels first in f32 and channels last else, as the tensor cores want them.
class CudaNetwork : public PreparedNetwork {
 public:
  /// spec: a standalone network of one input, weights: by its names. Throws DeviceError naming the
  /// node that this backend cannot run.
  CudaNetwork(const NetworkSpec& spec, const TensorFile& weights, const CudaOptions& options);
  ~CudaNetwork() override;

  std::vector<double> measure(int64_t runs) override;
  std::optional<int64_t> activation_bytes() override;
  /// Runs once on a row-major input and returns the output, row-major.
  std::vector<float> run(std::span<const float> input);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tailor::hw
