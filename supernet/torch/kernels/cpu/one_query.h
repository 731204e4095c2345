// Attention of a single token over a cache of keys and values: what decoding spends its time on.
#pragma once

#include <cstdint>

namespace tailor::cpu {

/// Rows `begin` to `end` of one key head, read by `group` query heads. Stored: float, or uint16_t
/// for the bits of bfloat16.
template <class Stored>
struct OneQuery {
  const float* q = nullptr;        ///< [group, d], already scaled
  const Stored* keys = nullptr;    ///< rows of d numbers
  const Stored* values = nullptr;  ///< rows of d numbers
  int64_t begin = 0, end = 0, group = 1, d = 0;
};

/// A part of a softmax: sums of exp(score - most) values, to be joined with other parts.
/// most, sum: [group]; weighted: [group, d]. `scores` is room for group * (end - begin) floats.
void attend_rows(const OneQuery<float>& call, float* scores, float* most, float* sum,
                 float* weighted);
void attend_rows(const OneQuery<uint16_t>& call, float* scores, float* most, float* sum,
                 float* weighted);

/// Joins `parts` consecutive results of attend_rows of the same queries: out [group, d].
void join_rows(int64_t parts, int64_t group, int64_t d, const float* most, const float* sum,
               const float* weighted, float* out);

}  // namespace tailor::cpu
