// Device backend "cuda": cuDNN and cuBLAS on an NVIDIA GPU.
#include <cuda_runtime_api.h>
#include <cudnn.h>

#include "core/error.h"
#include "hardware_profiles/backends/cuda_network.h"
#include "hardware_profiles/random_weights.h"
#include "supernet/space/passes.h"

namespace tailor::hw {
namespace {

CudaOptions read_options(const ConfigNode& cfg) {
  CudaOptions o;
  std::string precision = "f32";
  cfg.read("device", o.device, {.min = 0, .max = 1024, .doc = "which GPU, from 0"});
  cfg.read("batch", o.batch, {.min = 1, .max = 1 << 16, .doc = "images of one run"});
  cfg.read("precision", precision,
           {.choices = {"f32", "f16", "bf16"}, .doc = "of weights and activations"});
  cfg.read("graph", o.graph, {.doc = "launch a network's kernels as one CUDA graph"});
  cfg.read("flush_cache", o.flush_cache,
           {.doc = "every run finds the GPU's second-level cache cold"});
  cfg.finish();
  if (precision != "f32") o.precision = precision == "f16" ? Precision::f16 : Precision::bf16;
  return o;
}

/// Its name; the error says in one line what is missing.
std::string device_name(int64_t device) {
  int count = 0;
  const cudaError_t status = cudaGetDeviceCount(&count);
  if (status != cudaSuccess) {
    throw DeviceError(str("cuda: no device: ", cudaGetErrorString(status),
                          "; profile on a machine with an NVIDIA GPU and its driver"));
  }
  if (device >= count) {
    throw DeviceError(
        str("cuda: no device ", device, ", there are ", count, "; set device below that"));
  }
  cudaDeviceProp properties;
  if (cudaGetDeviceProperties(&properties, static_cast<int>(device)) != cudaSuccess) {
    throw DeviceError(str("cuda: device ", device, " does not say what it is"));
  }
  return properties.name;
}

class Cuda : public DeviceBackend {
 public:
  explicit Cuda(const CudaOptions& options)
      : options_(options), name_(device_name(options.device)) {}

  DeviceInfo info() const override {
    int runtime = 0;
    cudaRuntimeGetVersion(&runtime);
    return {.device = name_,
            .runtime = str("cuda", options_.graph ? " graph" : "",
                           options_.flush_cache ? " cold cache" : ""),
            .version = str("CUDA ", runtime / 1000, ".", runtime % 1000 / 10, ", cuDNN ",
                           cudnnGetVersion()),
            .precision = precision_name(options_.precision),
            .batch = options_.batch};
  }
  Workload workload() const override {
    return {.batch = options_.batch, .precision = options_.precision};
  }

  std::unique_ptr<PreparedNetwork> prepare(const NetworkSpec& spec) override {
    const NetworkSpec whole = standalone(spec);
    return std::make_unique<CudaNetwork>(whole, random_weights(whole, Rng(1)), options_);
  }

 private:
  const CudaOptions options_;
  const std::string name_;
};

}  // namespace

DeviceRegistry::Factory make_cuda;

std::unique_ptr<DeviceBackend> make_cuda(const ConfigNode& cfg) {
  return std::make_unique<Cuda>(read_options(cfg));
}

}  // namespace tailor::hw
