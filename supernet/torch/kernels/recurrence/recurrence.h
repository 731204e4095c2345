// Recurrences over a state [K, V] a head, token by token or in chunks of tokens: the same function
// both ways.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace tailor::supernet {

enum class Form { chunked, recurrent };

/// output [B, T, h, V], state [B, h, K, V]; the state is float32 for inputs of lower precision.
struct RecurrenceResult {
  at::Tensor output, state;
};

/// q, k [B, T, h, K], v [B, T, h, V], g (undefined: none) and beta [B, T, h], state [B, h, K, V]
/// (undefined: zeros): S <- exp(g) S; S <- S + k (beta (v - S^T k))^T; o = S^T q. q comes scaled, k
/// normalised, g <= 0. Any T >= 1. Gradients reach every input.
/// Source: Yang et al. 2025 (Gated DeltaNet), section 3; chunk form of WY products, with the
/// inverse by substitution.
RecurrenceResult gated_delta_rule(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                                  const at::Tensor& g, const at::Tensor& beta,
                                  const at::Tensor& state, Form form, int64_t chunk = 64);

/// decay [B, T, h] or [B, T, h, K], logarithms <= 0: S <- exp(decay) S + k v^T; o = S^T q.
/// Sources: Sun et al. 2023 (RetNet), Dao & Gu 2024 (SSD), Yang et al. 2024 (GLA).
RecurrenceResult gated_linear_attention(const at::Tensor& q, const at::Tensor& k,
                                        const at::Tensor& v, const at::Tensor& decay,
                                        const at::Tensor& state, Form form, int64_t chunk = 64);

/// r, w, k, a, b [B, T, h, K], v [B, T, h, V], w logarithms <= 0:
/// S <- diag(exp(w)) S + b (a^T S) + k v^T, with S undecayed in a^T S; o = S^T r.
/// Source: Peng et al. 2025 (RWKV7).
RecurrenceResult dplr_delta_rule(const at::Tensor& r, const at::Tensor& w, const at::Tensor& k,
                                 const at::Tensor& v, const at::Tensor& a, const at::Tensor& b,
                                 const at::Tensor& state, Form form, int64_t chunk = 64);

}  // namespace tailor::supernet
