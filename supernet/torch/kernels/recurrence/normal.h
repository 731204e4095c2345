// Normalisations of linear-attention blocks, over the last dimension. Differentiable; sums in
// float32 for bfloat16 and half input, whose type the result has.
#pragma once

#include <ATen/core/Tensor.h>

namespace tailor::supernet {

/// x / sqrt(sum x^2 + eps); eps is added to the sum, not the mean. x [..., K].
at::Tensor l2_normalise(const at::Tensor& x, double eps = 1e-6);

/// RMS norm with a silu gate. gate_first false (Gated DeltaNet, JetBlock): rms(o) weight
/// silu(gate); true (Mamba-2): rms(o silu(gate)) weight; rms(x) = x / sqrt(mean x^2 + eps). o, gate
/// [..., V], weight [V]. Throws ShapeError.
at::Tensor gated_rms_norm(const at::Tensor& o, const at::Tensor& gate, const at::Tensor& weight,
                          double eps, bool gate_first);

}  // namespace tailor::supernet
