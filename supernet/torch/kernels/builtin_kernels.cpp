// The list of kernels.
#include <map>

#include <torch/torch.h>

#include "core/error.h"
#include "core/registry.h"
#include "supernet/torch/kernels/kernel.h"

namespace tailor::supernet {

Kernel run_activation, run_add, run_batch_norm, run_channel_shuffle, run_concat, run_conv2d,
    run_global_avg_pool, run_layer_norm, run_linear, run_multiply, run_pool, run_resample,
    run_reshape, run_rms_norm;

namespace {

const std::map<std::string_view, Kernel*>& kernels() {
  static const std::map<std::string_view, Kernel*> all = {
      {"activation", run_activation},
      {"add", run_add},
      {"batch_norm", run_batch_norm},
      {"channel_shuffle", run_channel_shuffle},
      {"concat", run_concat},
      {"conv2d", run_conv2d},
      {"global_avg_pool", run_global_avg_pool},
      {"layer_norm", run_layer_norm},
      {"linear", run_linear},
      {"multiply", run_multiply},
      {"pool", run_pool},
      {"resample", run_resample},
      {"reshape", run_reshape},
      {"rms_norm", run_rms_norm},
  };
  return all;
}

}  // namespace

Kernel* find_kernel(std::string_view kind) {
  auto it = kernels().find(kind);
  if (it == kernels().end()) {
    std::vector<std::string> known;
    for (const auto& [name, kernel] : kernels()) known.emplace_back(name);
    throw UnknownNameError(unknown_name_text("kernel", kind, known));
  }
  return it->second;
}

at::Tensor KernelCall::weight(Role role) const {
  for (size_t i = 0; i < node.weights.size(); ++i) {
    if (node.weights[i].role == role) return weights[i];
  }
  return {};
}

}  // namespace tailor::supernet
