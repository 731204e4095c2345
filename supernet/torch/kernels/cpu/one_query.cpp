// Keys are read once for all query heads that share them, values likewise; the rest stays in cache.
#include "supernet/torch/kernels/cpu/one_query.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "supernet/torch/kernels/cpu/dots.h"
#include "supernet/torch/kernels/cpu/exp.h"

namespace tailor::cpu {
namespace {

constexpr float kNothing = -100;  // its exponential is 0

/// Rows that stay in the first cache while all queries of a group read them.
constexpr int64_t kTile = 64;

/// to[c] += sum_j by[j] rows[j][c] for the N blocks of channels from `c` on, held in registers.
template <int N, class T, class Stored>
TAILOR_INLINE void add_channels(float* to, const Stored* rows, const float* by, int64_t count,
                                int64_t d, int64_t c) {
  T sums[N];
  for (int n = 0; n < N; ++n) load(sums[n], to + c + n * lanes<T>);
  for (int64_t j = 0; j < count; ++j) {
    for (int n = 0; n < N; ++n) {
      T x;
      load(x, rows + j * d + c + n * lanes<T>);
      sums[n] += x * by[j];
    }
  }
  for (int n = 0; n < N; ++n) store(to + c + n * lanes<T>, sums[n]);
}

template <class Stored>
TAILOR_INLINE void add_rows(float* to, const Stored* rows, const float* by, int64_t count,
                            int64_t d) {
  int64_t c = 0;
  for (; c + 64 <= d; c += 64) add_channels<4, Vec16>(to, rows, by, count, d, c);
  for (; c + 16 <= d; c += 16) add_channels<1, Vec16>(to, rows, by, count, d, c);
  for (; c < d; ++c) add_channels<1, float>(to, rows, by, count, d, c);
}

/// row[j] <- exp(row[j] - most); returns their sum.
TAILOR_INLINE float exponentials(float* row, int64_t n, float most) {
  Vec16 sums{}, x;
  int64_t j = 0;
  for (; j + 16 <= n; j += 16) {
    load(x, row + j);
    x = exp_nonpositive(x - most);
    sums += x;
    store(row + j, x);
  }
  if (j == n) return total(sums);
  float block[16];
  for (int64_t i = 0; i < 16; ++i) block[i] = j + i < n ? row[j + i] - most : kNothing;
  load(x, block);
  x = exp_nonpositive(x);
  store(block, x);
  std::copy(block, block + (n - j), row + j);
  return total(sums + x);
}

/// The largest of n > 0 scores.
TAILOR_INLINE float largest(const float* row, int64_t n) {
  float high = -std::numeric_limits<float>::infinity();
  for (int64_t j = 0; j < n; ++j) high = row[j] > high ? row[j] : high;
  return high;
}

template <class Stored>
TAILOR_INLINE void attend(const OneQuery<Stored>& call, float* scores, float* most, float* sum,
                          float* weighted) {
  const int64_t d = call.d, group = call.group, rows = call.end - call.begin;
  for (int64_t j = 0; j < rows; j += kTile) {
    const Stored* keys = call.keys + (call.begin + j) * d;
    for (int64_t g = 0; g < group; ++g) {
      dots_of_rows(call.q + g * d, keys, std::min(kTile, rows - j), d, scores + g * rows + j);
    }
  }
  for (int64_t g = 0; g < group; ++g) {
    float* row = scores + g * rows;
    most[g] = largest(row, rows);
    sum[g] = exponentials(row, rows, most[g]);
    std::fill_n(weighted + g * d, d, 0.0f);
  }
  for (int64_t j = 0; j < rows; j += kTile) {
    const Stored* values = call.values + (call.begin + j) * d;
    for (int64_t g = 0; g < group; ++g) {
      add_rows(weighted + g * d, values, scores + g * rows + j, std::min(kTile, rows - j), d);
    }
  }
}

}  // namespace

TAILOR_CLONES
void attend_rows(const OneQuery<float>& call, float* scores, float* most, float* sum,
                 float* weighted) {
  attend(call, scores, most, sum, weighted);
}

TAILOR_CLONES
void attend_rows(const OneQuery<uint16_t>& call, float* scores, float* most, float* sum,
                 float* weighted) {
  attend(call, scores, most, sum, weighted);
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
