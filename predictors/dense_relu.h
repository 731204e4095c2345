// The hot loops of batched inference: layers with ReLU.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace tailor::predict {

inline constexpr size_t kLanes = 32;  ///< archs side by side

/// Row-major [out, in] weights in the order in which dense_relu reads them; rows are filled up with
/// zeros.
std::vector<float> pack_rows(const std::vector<float>& weight, size_t in, size_t out);

/// y[o][lane] = max(0, bias[o] + sum over i of weight[o][i] * x[i][lane]), summed in the order of
/// i: a lane's result depends on nothing but its own x. x: [in][kLanes], y: [out][kLanes], 64-byte
/// aligned. Uses AVX-512 or AVX2 with FMA where the processor has them.
void dense_relu(const std::vector<float>& packed, const std::vector<float>& bias, size_t in,
                size_t out, const float* x, float* y);

/// y[o] = max(0, bias[o] + sum over c of columns[c][o]): a dense layer whose inputs are 0 or 1.
void sparse_relu(std::span<const float* const> columns, const std::vector<float>& bias, float* y);

/// The instruction set that the two use here: "avx512f", "avx2" or "baseline".
const char* dense_relu_instructions();

}  // namespace tailor::predict
