// Convolutions over the tokens before, depth-wise: fixed taps, or taps made for every token.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace tailor::supernet {

/// output [B, T, D]; history [B, W - 1, D]: the last raw inputs, oldest first (undefined for W 1).
struct ConvResult {
  at::Tensor output, history;
};

/// x [B, T, D], weight [D, W], bias [D] (or undefined), history of the tokens before (undefined:
/// zeros): y_t = sum_w weight[w] x_{t-W+1+w} + bias.
ConvResult causal_conv(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                       const at::Tensor& history);

/// Taps of token t and channel d: rows d W to d W + W - 1 of w2 hidden_t + bias. hidden [B, T, R],
/// w2 [D W, R], bias [D W]. Taps exist for a bounded number of tokens at a time, in the gradient
/// too. Source: NVlabs/Jet-Nemotron, jetai/modeling/hf/dynamic_conv.py.
ConvResult dynamic_causal_conv(const at::Tensor& x, const at::Tensor& hidden, const at::Tensor& w2,
                               const at::Tensor& bias, int64_t taps, const at::Tensor& history);

}  // namespace tailor::supernet
