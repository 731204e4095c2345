// The list of kernels.
#include <map>

#include <ATen/ATen.h>

#include "core/error.h"
#include "core/registry.h"
#include "supernet/torch/kernels/kernel.h"

namespace tailor::supernet {

Kernel run_attention, run_causal_conv, run_dplr_delta_rule, run_dynamic_causal_conv, run_embedding,
    run_gated_delta_rule, run_gated_linear_attention, run_gated_rms_norm, run_head_norm,
    run_l2_norm, run_last_token, run_lerp, run_log_decay, run_rotary, run_scale_heads,
    run_scaled_rotary, run_token_shift, run_weighted_dot;
Kernel run_activation, run_add, run_batch_norm, run_channel_shuffle, run_concat, run_conv2d,
    run_global_avg_pool, run_layer_norm, run_linear, run_multiply, run_pool, run_resample,
    run_reshape, run_rms_norm;

namespace {

const std::map<std::string_view, Kernel*>& kernels() {
  static const std::map<std::string_view, Kernel*> all = {
      {"activation", run_activation},
      {"add", run_add},
      {"attention", run_attention},
      {"batch_norm", run_batch_norm},
      {"causal_conv", run_causal_conv},
      {"channel_shuffle", run_channel_shuffle},
      {"concat", run_concat},
      {"conv2d", run_conv2d},
      {"dplr_delta_rule", run_dplr_delta_rule},
      {"dynamic_causal_conv", run_dynamic_causal_conv},
      {"embedding", run_embedding},
      {"gated_delta_rule", run_gated_delta_rule},
      {"gated_linear_attention", run_gated_linear_attention},
      {"gated_rms_norm", run_gated_rms_norm},
      {"global_avg_pool", run_global_avg_pool},
      {"head_norm", run_head_norm},
      {"l2_norm", run_l2_norm},
      {"last_token", run_last_token},
      {"layer_norm", run_layer_norm},
      {"lerp", run_lerp},
      {"linear", run_linear},
      {"log_decay", run_log_decay},
      {"multiply", run_multiply},
      {"pool", run_pool},
      {"resample", run_resample},
      {"reshape", run_reshape},
      {"rms_norm", run_rms_norm},
      {"rotary", run_rotary},
      {"scale_heads", run_scale_heads},
      {"scaled_rotary", run_scaled_rotary},
      {"token_shift", run_token_shift},
      {"weighted_dot", run_weighted_dot},
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
