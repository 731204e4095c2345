// Dot products of a vector with many rows, read once from memory.
#pragma once

#include <cstdint>
#include <cstring>

#include "supernet/torch/kernels/cpu/vec.h"

namespace tailor::cpu {

/// Floats ahead of those in work that are asked for: a core alone waits for memory between rows.
constexpr int64_t kAhead = 1024;

using Vec4 = float __attribute__((vector_size(16), aligned(4)));

/// The sum of both halves of a block.
template <class Half, class T>
TAILOR_INLINE Half halved(const T& v) {
  Half low, high;
  std::memcpy(&low, &v, sizeof low);
  std::memcpy(&high, reinterpret_cast<const char*>(&v) + sizeof low, sizeof high);
  return low + high;
}

/// Sum of a block's floats.
TAILOR_INLINE float total(const Vec16& v) {
  const auto four = halved<Vec4>(halved<Vec8>(v));
  return (four[0] + four[1]) + (four[2] + four[3]);
}

template <class Stored>
TAILOR_INLINE float number(const Stored* p) {
  float v;
  load(v, p);
  return v;
}

/// out[0..3] <- q . four rows of d floats: their sums are independent, so that none waits for
/// another.
template <class Stored>
TAILOR_INLINE void four_dots(const float* q, const Stored* rows, int64_t d, float* out) {
  const Stored *r0 = rows, *r1 = rows + d, *r2 = rows + 2 * d, *r3 = rows + 3 * d;
  Vec16 s0{}, s1{}, s2{}, s3{};
  int64_t i = 0;
  for (; i + 16 <= d; i += 16) {
    Vec16 x, y0, y1, y2, y3;
    load(x, q + i);
    for (const Stored* row : {r0, r1, r2, r3}) __builtin_prefetch(row + i + kAhead);
    load(y0, r0 + i);
    load(y1, r1 + i);
    load(y2, r2 + i);
    load(y3, r3 + i);
    s0 += x * y0;
    s1 += x * y1;
    s2 += x * y2;
    s3 += x * y3;
  }
  const Vec4 a = halved<Vec4>(halved<Vec8>(s0)), b = halved<Vec4>(halved<Vec8>(s1));
  const Vec4 c = halved<Vec4>(halved<Vec8>(s2)), e = halved<Vec4>(halved<Vec8>(s3));
  out[0] = (a[0] + a[1]) + (a[2] + a[3]);
  out[1] = (b[0] + b[1]) + (b[2] + b[3]);
  out[2] = (c[0] + c[1]) + (c[2] + c[3]);
  out[3] = (e[0] + e[1]) + (e[2] + e[3]);
  for (; i < d; ++i) {
    for (int n = 0; n < 4; ++n) out[n] += q[i] * number(rows + n * d + i);
  }
}

template <class Stored>
TAILOR_INLINE float dot(const float* a, const Stored* b, int64_t n) {
  Vec16 wide{};
  int64_t i = 0;
  for (; i + 16 <= n; i += 16) {
    Vec16 x, y;
    load(x, a + i);
    load(y, b + i);
    wide += x * y;
  }
  float sum = total(wide);
  for (; i < n; ++i) sum += a[i] * number(b + i);
  return sum;
}

template <class Stored>
TAILOR_INLINE void dots_of_rows(const float* q, const Stored* rows, int64_t count, int64_t d,
                                float* out) {
  int64_t j = 0;
  for (; j + 4 <= count; j += 4) four_dots(q, rows + j * d, d, out + j);
  for (; j < count; ++j) out[j] = dot(q, rows + j * d, d);
}

}  // namespace tailor::cpu
