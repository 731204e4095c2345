// Causal depth-wise convolutions over tokens, with the last inputs carried across calls: any
// cutting of the tokens gives the same. Taps belong to the output token; the last tap multiplies
// the token itself. bfloat16 and half are summed in float32; the output has x's type.
// Differentiable in every input.
#pragma once

#include <ATen/core/Tensor.h>

namespace tailor::supernet {

/// output [B, T, D]; history [B, W - 1, D]: the last W - 1 raw inputs, oldest first.
struct ConvResult {
  at::Tensor output, history;
};

/// x [B, T, D], weight [D, W], bias [D] or undefined, history [B, W - 1, D] or undefined (zeros).
/// Throws ShapeError.
ConvResult causal_conv(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                       const at::Tensor& history);

/// Taps of its own for every token and channel: taps = hidden w2^T + bias, hidden [B, T, R],
/// w2 [D * W, R] and bias [D * W] with row d * W + w for tap w of channel d. They are made for a
/// bounded block of tokens at a time, forward and again backward. Throws ShapeError.
/// Source: JetBlock, arXiv 2508.15884, section 2.4.
ConvResult dynamic_causal_conv(const at::Tensor& x, const at::Tensor& hidden, const at::Tensor& w2,
                               const at::Tensor& bias, int64_t taps, const at::Tensor& history);

/// history (or zeros) and x, one after the other: [B, W - 1 + T, D]. Throws ShapeError, which
/// begins with `name`.
at::Tensor with_history(const char* name, const at::Tensor& x, const at::Tensor& history,
                        int64_t taps);

}  // namespace tailor::supernet
