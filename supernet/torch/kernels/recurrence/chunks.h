// What the recurrences share: checked sizes, the type sums are kept in, tokens cut into chunks, and
// the plain loop over tokens.
#pragma once

#include <ATen/core/Tensor.h>

#include <initializer_list>
#include <string_view>

#include "supernet/torch/kernels/cpu/token_rules.h"
#include "supernet/torch/kernels/recurrence/recurrence.h"

namespace tailor::supernet {

/// Sizes of q, k [B, T, h, K] and v [B, T, h, V].
struct RecurrenceSizes {
  int64_t batch, tokens, heads, keys, values;
};

/// Throws ShapeError, which begins with `rule`, when q, k, v, the state (may be undefined) or the
/// chunk length do not fit.
RecurrenceSizes check_recurrence(std::string_view rule, const at::Tensor& q, const at::Tensor& k,
                                 const at::Tensor& v, const at::Tensor& state, int64_t chunk);
/// Throws ShapeError, naming `rule` and `what`, unless x has this shape.
void check_shape(std::string_view rule, std::string_view what, const at::Tensor& x,
                 at::IntArrayRef shape);

/// double when any of them is, else float32; undefined ones do not count.
at::ScalarType accumulate_type(std::initializer_list<at::Tensor> inputs);
/// One tensor in that type.
at::Tensor widened(const at::Tensor& x);
/// The state in `type`; zeros on the device of `like` when undefined.
at::Tensor initial_state(const at::Tensor& state, const RecurrenceSizes& s, const at::Tensor& like);
/// Whether gradients are recorded and any of these wants one.
bool wants_gradient(std::initializer_list<at::Tensor> inputs);

/// [B, T, h, ...] -> [N, B * h, C, ...]; a ragged last chunk is filled with zeros.
at::Tensor to_chunks(const at::Tensor& x, int64_t chunk);
/// The inverse: [N, B * h, C, V] -> [B, T, h, V].
at::Tensor from_chunks(const at::Tensor& x, int64_t batch, int64_t tokens);
/// e^(G_i - G_j) for i >= j, else 0, in `type`: [..., C] -> [..., C, C]. Differences are masked
/// before exp, so nothing overflows. Totals in double keep differences of tokens after a strong
/// decay.
at::Tensor decay_matrix(const at::Tensor& total, at::ScalarType type);

/// Inputs of the plain loop; float32, CPU. decay: logarithms or undefined. beta, a, b may be
/// undefined where the rule has none.
struct TokenTensors {
  at::Tensor q, k, v, decay, beta, a, b, state;
};
/// Whether the plain loop can run: float32 on the CPU.
bool plain_loop_fits(const at::Tensor& v);
RecurrenceResult run_token_loop(cpu::TokenRule rule, const RecurrenceSizes& s,
                                const TokenTensors& in);

/// Below this many tokens the plain loop is faster than any chunk.
inline constexpr int64_t kFewTokens = 8;

}  // namespace tailor::supernet
