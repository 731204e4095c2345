// Batch norm with its activation in one pass, on float rows [M, C] (channels last), forward and
// backward. Plain pointers; instruction set chosen at run time.
#pragma once

#include <cstdint>

namespace tailor::cpu {

enum class Act { identity, relu, relu6, h_swish };

/// Per-channel sums over `rows` rows: mean and biased variance of x.
void channel_moments(const float* x, int64_t rows, int64_t channels, float* mean, float* variance);

/// y = act(x * a + b) per channel; y may be x.
void affine_act(const float* x, float* y, int64_t rows, int64_t channels, const float* a,
                const float* b, Act act);

/// Sums over rows of dz and of dz * xhat, dz = dy * act'(x a + b), xhat = (x - mean) * invstd.
void norm_act_backward_sums(const float* x, const float* dy, int64_t rows, int64_t channels,
                            const float* a, const float* b, const float* mean, const float* invstd,
                            Act act, float* sum_dz, float* sum_dz_xhat);

/// dx = a * (dz - mean_dz - xhat * mean_dz_xhat); dx may be dy.
void norm_act_backward(const float* x, const float* dy, float* dx, int64_t rows, int64_t channels,
                       const float* a, const float* b, const float* mean, const float* invstd,
                       const float* mean_dz, const float* mean_dz_xhat, Act act);

}  // namespace tailor::cpu
