// Operations of language models that work on whole sequences: their kernels have tests of their
// own, and are exported as plain PyTorch alone.
#pragma once

#include <set>
#include <string>

namespace tailor::test {

inline const std::set<std::string>& sequence_ops() {
  static const std::set<std::string> kinds = {"attention",
                                              "causal_conv",
                                              "dplr_delta_rule",
                                              "dynamic_causal_conv",
                                              "embedding",
                                              "gated_delta_rule",
                                              "gated_linear_attention",
                                              "gated_rms_norm",
                                              "head_norm",
                                              "l2_norm",
                                              "last_token",
                                              "lerp",
                                              "log_decay",
                                              "rotary",
                                              "scale_heads",
                                              "scaled_rotary",
                                              "token_shift",
                                              "weighted_dot"};
  return kinds;
}

}  // namespace tailor::test
