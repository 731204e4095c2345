// Keys are read once for all query heads that share them, values likewise; the rest stays in cache.
#include "supernet/torch/kernels/cpu/one_query.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "supernet/torch/kernels/cpu/exp.h"
#include "supernet/torch/kernels/cpu/vec.h"

namespace tailor::cpu {
namespace {

constexpr float kNothing = -100;  // its exponential is 0

/// Sum of a block's floats.
template <class T>
TAILOR_INLINE float total(const T& v) {
  if constexpr (sizeof(T) == sizeof(float)) {
    return v;
  } else {
    float sum = 0;
    for (int64_t i = 0; i < lanes<T>; ++i) sum += v[i];
    return sum;
  }
}

TAILOR_INLINE float dot(const float* a, const float* b, int64_t n) {
  Vec16 wide{};
  int64_t i = 0;
  for (; i + 16 <= n; i += 16) {
    Vec16 x, y;
    load(x, a + i);
    load(y, b + i);
    wide += x * y;
  }
  float sum = total(wide);
  for (; i < n; ++i) sum += a[i] * b[i];
  return sum;
}

TAILOR_INLINE void add_scaled(float* to, const float* from, float by, int64_t n) {
  for_channel_blocks(0, n, [&](auto block, int64_t i) TAILOR_INLINE_LAMBDA {
    decltype(block) x, y;
    load(x, to + i);
    load(y, from + i);
    x += y * by;
    store(to + i, x);
  });
}

/// row[j] <- exp(row[j] - most); returns their sum.
TAILOR_INLINE float exponentials(float* row, int64_t n, float most) {
  Vec16 sums{};
  for (int64_t j = 0; j < n; j += 16) {
    const int64_t count = std::min<int64_t>(16, n - j);
    float block[16];
    for (int64_t i = 0; i < 16; ++i) block[i] = i < count ? row[j + i] - most : kNothing;
    Vec16 x;
    load(x, block);
    x = exp_nonpositive(x);
    sums += x;
    store(block, x);
    for (int64_t i = 0; i < count; ++i) row[j + i] = block[i];
  }
  return total(sums);
}

}  // namespace

TAILOR_CLONES
void attend_rows(const OneQuery& call, float* scores, float* most, float* sum, float* weighted) {
  const int64_t d = call.d, group = call.group, rows = call.end - call.begin;
  for (int64_t j = 0; j < rows; ++j) {
    const float* key = call.keys + (call.begin + j) * d;
    for (int64_t g = 0; g < group; ++g) scores[g * rows + j] = dot(call.q + g * d, key, d);
  }
  for (int64_t g = 0; g < group; ++g) {
    float* row = scores + g * rows;
    float high = -std::numeric_limits<float>::infinity();
    for (int64_t j = 0; j < rows; ++j) high = std::max(high, row[j]);
    most[g] = high;
    sum[g] = exponentials(row, rows, high);
    std::fill_n(weighted + g * d, d, 0.0f);
  }
  for (int64_t j = 0; j < rows; ++j) {
    const float* value = call.values + (call.begin + j) * d;
    for (int64_t g = 0; g < group; ++g) {
      add_scaled(weighted + g * d, value, scores[g * rows + j], d);
    }
  }
}

void join_rows(int64_t parts, int64_t group, int64_t d, const float* most, const float* sum,
               const float* weighted, float* out) {
  for (int64_t g = 0; g < group; ++g) {
    float high = -std::numeric_limits<float>::infinity();
    for (int64_t p = 0; p < parts; ++p) high = std::max(high, most[p * group + g]);
    float all = 0;
    float* to = out + g * d;
    std::fill_n(to, d, 0.0f);
    for (int64_t p = 0; p < parts; ++p) {
      const float by = std::exp(most[p * group + g] - high);
      all += by * sum[p * group + g];
      for (int64_t i = 0; i < d; ++i) to[i] += by * weighted[(p * group + g) * d + i];
    }
    for (int64_t i = 0; i < d; ++i) to[i] /= all;
  }
}

}  // namespace tailor::cpu
