// What the two passes of the chunked gated delta rule share. Letters follow the chunk form: G
// cumulative log decay inside the chunk, D = e^(G_i - G_j) up to the diagonal, P = tril(Q K^T * D),
// A = stril(diag(beta) K K^T * D), kept as N = -A; V~ the writes; S the state before the chunk.
// With X = (I + A)^-T dV~ the gradients of U and W are never needed: dA = -stril(X V~^T), and the
// gradient that reaches diag(e^G) K S is -diag(beta) X.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "supernet/torch/kernels/cpu/delta_chunk.h"

namespace tailor::cpu {

using Buffer = std::vector<float>;

inline Buffer buffer(int64_t n) { return Buffer(static_cast<size_t>(n), 0.0f); }

/// Rows of floats in memory.
struct Rows {
  const float* data;
  int64_t step;
  const float* operator[](int64_t i) const { return data + i * step; }
};

/// One chunk of one head.
struct Chunk {
  int64_t n, keys, values;  // tokens, K, V
  Rows q, k, v;
  const float *g, *beta;
  int64_t gate_step;
};

inline Chunk chunk_at(const DeltaShape& s, const DeltaInputs& in, int64_t index) {
  const int64_t t = index * s.chunk;
  return {.n = std::min(s.chunk, s.tokens - t),
          .keys = s.keys,
          .values = s.values,
          .q = {in.q + t * s.key_step, s.key_step},
          .k = {in.k + t * s.key_step, s.key_step},
          .v = {in.v + t * s.value_step, s.value_step},
          .g = in.g ? in.g + t * s.gate_step : nullptr,
          .beta = in.beta + t * s.gate_step,
          .gate_step = s.gate_step};
}

/// What both passes compute of a chunk from its inputs alone.
struct Gates {
  int64_t row;  // floats in a row of the square matrices: a multiple of 16
  // G; in double, since differences between tokens after a strong decay are small beside it.
  std::vector<double> total;
  Buffer begin_decay, end_decay, beta;         // e^G, e^(G_C - G)
  Buffer decay, alike, n, p, keys_transposed;  // alike: D * K K^T
  explicit Gates(const DeltaShape& s)
      : row((s.chunk + 15) / 16 * 16),
        total(static_cast<size_t>(row), 0.0),
        begin_decay(buffer(row)),
        end_decay(buffer(row)),
        beta(buffer(row)),
        decay(buffer(s.chunk * row)),
        alike(buffer(s.chunk * row)),
        n(buffer(s.chunk * row)),
        p(buffer(s.chunk * row)),
        keys_transposed(buffer(s.keys * row)) {}
  float last_decay(const Chunk& c) const { return begin_decay[static_cast<size_t>(c.n - 1)]; }
};

/// Fills the gates from the chunk's inputs.
void prepare(const Chunk& c, Gates& w);

/// to_i = factor_i * from_i; to [rows, columns] is contiguous.
void scale_rows(const Rows& from, const float* factor, float* to, int64_t rows, int64_t columns);

/// to = factor * from; to may be from.
void scale_into(float factor, const float* from, float* to, int64_t count);

}  // namespace tailor::cpu
