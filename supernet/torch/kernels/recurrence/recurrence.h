// Linear-attention recurrences: a state of keys by values that tokens write to and read from. Each
// takes [B, T, h, ...] tensors of any T >= 1, carries the state across calls (any cutting of the
// tokens gives the same), and is differentiable in every input, the initial state included.
// float32, or double when any input is; bfloat16 and half inputs are accumulated in float32, the
// state stays float32, and the output has v's type. Log decays should come in float32.
#pragma once

#include <ATen/core/Tensor.h>

namespace tailor::supernet {

/// How a recurrence is computed: the same function both ways. `chunked` is for many tokens,
/// `recurrent` goes token by token (decoding, and the oracle of tests). Without gradients, a few
/// float32 tokens on the CPU take a plain loop in both.
enum class Form { chunked, recurrent };

/// output [B, T, h, V]; state [B, h, K, V] after the last token.
struct RecurrenceResult {
  at::Tensor output, state;
};

/// Gated delta rule, at each token: S <- e^g S; r = beta (v - S^T k); S <- S + k r^T; o = S^T q.
/// q, k [B, T, h, K], v [B, T, h, V], g [B, T, h] log decay <= 0 (undefined: none, which is
/// DeltaNet), beta [B, T, h], state [B, h, K, V] or undefined (zeros). q comes already scaled, k
/// already normalised (the chunk form's triangular solve is bounded only for such keys and
/// beta <= 1). Throws ShapeError.
/// Source: Gated DeltaNet, arXiv 2412.06464, section 3; DeltaNet, arXiv 2406.06484.
RecurrenceResult gated_delta_rule(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                                  const at::Tensor& g, const at::Tensor& beta,
                                  const at::Tensor& state, Form form, int64_t chunk = 64);

/// Gated linear attention: S <- diag(e^decay) S + k v^T; o = S^T q. decay [B, T, h] (RetNet, SSD)
/// or [B, T, h, K] (GLA), logarithms <= 0; the rest as above. Throws ShapeError. Source: RetNet,
/// arXiv 2307.08621; Mamba-2, arXiv 2405.21060, section 6; GLA, arXiv 2312.06635, section 4
/// (two-level chunks).
RecurrenceResult gated_linear_attention(const at::Tensor& q, const at::Tensor& k,
                                        const at::Tensor& v, const at::Tensor& decay,
                                        const at::Tensor& state, Form form, int64_t chunk = 64);

/// Diagonal-plus-low-rank rule (RWKV7): S <- diag(e^w) S + b (a^T S) + k v^T, where a reads the
/// state before its decay; o = S^T r. r, w, k, a, b [B, T, h, K], v [B, T, h, V]; w <= 0. Throws
/// ShapeError. Source: RWKV-7, arXiv 2503.14456, section 4.
RecurrenceResult dplr_delta_rule(const at::Tensor& r, const at::Tensor& w, const at::Tensor& k,
                                 const at::Tensor& v, const at::Tensor& a, const at::Tensor& b,
                                 const at::Tensor& state, Form form, int64_t chunk = 64);

}  // namespace tailor::supernet
