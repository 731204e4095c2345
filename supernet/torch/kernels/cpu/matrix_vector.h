// A matrix times one vector or a few: what decoding a token does in every linear layer.
#pragma once

#include <cstdint>

namespace tailor::cpu {

/// out[v * stride + r] = rows[r] . vectors[v] for rows begin to end. Stored: float, or uint16_t for
/// the bits of bfloat16; sums are float32.
template <class Stored>
struct MatrixVector {
  const Stored* rows = nullptr;    ///< each of d numbers
  const float* vectors = nullptr;  ///< `count` of d floats
  float* out = nullptr;
  int64_t d = 0, count = 1, stride = 0;
};

void multiply_rows(const MatrixVector<float>& call, int64_t begin, int64_t end);
void multiply_rows(const MatrixVector<uint16_t>& call, int64_t begin, int64_t end);

}  // namespace tailor::cpu
