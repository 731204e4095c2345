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

/// Rows that stay in the first cache while all queries of a group read them.
constexpr int64_t kTile = 64;

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
