// Fused batch norm and activation: two reads forward, two backward, nothing kept but x.
#include "supernet/torch/kernels/cpu/norm_act.h"

#include <algorithm>
#include <type_traits>
#include <vector>

#include "supernet/torch/kernels/cpu/vec.h"

namespace tailor::cpu {
namespace {

// Rows summed in float before they are added to a double: keeps sums of many rows exact enough.
constexpr int64_t kChunk = 64;

template <class T>
TAILOR_INLINE T clamp(T v, float low, float high) {
  v = v < low ? T{} + low : v;
  return v > high ? T{} + high : v;
}

/// Comparisons are written so that a NaN stays one.
template <Act A, class T>
TAILOR_INLINE T apply(T z) {
  if constexpr (A == Act::relu) return z < 0.0f ? T{} : z;
  if constexpr (A == Act::relu6) return clamp(z, 0.0f, 6.0f);
  if constexpr (A == Act::h_swish) return z * clamp(z + 3.0f, 0.0f, 6.0f) * (1.0f / 6.0f);
  return z;
}

/// dy * act'(z).
template <Act A, class T>
TAILOR_INLINE T derive(T dy, T z) {
  if constexpr (A == Act::relu) return z <= 0.0f ? T{} : dy;
  // One comparison: GCC 12 splits two that meet into single floats, 40 times slower. The product is
  // positive between 0 and 6 alone, whatever the rounding.
  if constexpr (A == Act::relu6) return z * (6.0f - z) <= 0.0f ? T{} : dy;
  if constexpr (A == Act::h_swish) {
    T middle = dy * (z * (1.0f / 3.0f) + 0.5f);
    T low = z <= -3.0f ? T{} : middle;
    return z >= 3.0f ? dy : low;
  }
  return dy;
}

/// Calls body(T{}, c, begin, end) for blocks of channels within chunks of rows: what a block needs
/// besides the data stays in registers while its rows pass, and a chunk stays in cache.
template <class Body>
TAILOR_INLINE void for_chunks(int64_t rows, int64_t channels, const Body& body) {
  for (int64_t begin = 0; begin < rows; begin += kChunk) {
    const int64_t end = std::min(rows, begin + kChunk);
    for_channel_blocks(0, channels, [&](auto block, int64_t c) TAILOR_INLINE_LAMBDA {
      body(block, c, begin, end);
    });
  }
}

/// sums[c ...] += v, in double.
template <class T>
TAILOR_INLINE void add_to(double* sums, const T& v) {
  float out[lanes<T>];
  std::memcpy(out, &v, sizeof v);
  for (int64_t l = 0; l < lanes<T>; ++l) sums[l] += static_cast<double>(out[l]);
}

template <Act A>
TAILOR_INLINE void affine(const float* x, float* y, int64_t rows, int64_t channels, const float* a,
                          const float* b) {
  for_chunks(rows, channels,
             [&](auto block, int64_t c, int64_t begin, int64_t end) TAILOR_INLINE_LAMBDA {
               decltype(block) v, scale, shift;
               load(scale, a + c);
               load(shift, b + c);
               for (int64_t r = begin; r < end; ++r) {
                 load(v, x + r * channels + c);
                 store(y + r * channels + c, apply<A>(v * scale + shift));
               }
             });
}

template <Act A>
TAILOR_INLINE void backward_sums(const float* x, const float* dy, int64_t rows, int64_t channels,
                                 const float* a, const float* b, const float* mean,
                                 const float* invstd, double* sums) {
  for_chunks(rows, channels,
             [&](auto block, int64_t c, int64_t begin, int64_t end) TAILOR_INLINE_LAMBDA {
               using T = decltype(block);
               T v, g, scale, shift, m, s, total = {}, total_xhat = {};
               load(scale, a + c);
               load(shift, b + c);
               load(m, mean + c);
               load(s, invstd + c);
               for (int64_t r = begin; r < end; ++r) {
                 load(v, x + r * channels + c);
                 load(g, dy + r * channels + c);
                 const T dz = derive<A>(g, v * scale + shift);
                 total += dz;
                 total_xhat += dz * ((v - m) * s);
               }
               add_to(sums + c, total);
               add_to(sums + channels + c, total_xhat);
             });
}

template <Act A>
TAILOR_INLINE void backward(const float* x, const float* dy, float* dx, int64_t rows,
                            int64_t channels, const float* a, const float* b, const float* mean,
                            const float* invstd, const float* mean_dz, const float* mean_dz_xhat) {
  for_chunks(rows, channels,
             [&](auto block, int64_t c, int64_t begin, int64_t end) TAILOR_INLINE_LAMBDA {
               using T = decltype(block);
               T v, g, scale, shift, m, s, mz, mzx;
               load(scale, a + c);
               load(shift, b + c);
               load(m, mean + c);
               load(s, invstd + c);
               load(mz, mean_dz + c);
               load(mzx, mean_dz_xhat + c);
               // dx = scale * (dz - mz - (v - m) * s * mzx), with what does not change taken
               // together.
               const T slope = s * mzx;
               const T offset = m * slope - mz;
               for (int64_t r = begin; r < end; ++r) {
                 load(v, x + r * channels + c);
                 load(g, dy + r * channels + c);
                 const T dz = derive<A>(g, v * scale + shift);
                 store(dx + r * channels + c, scale * (dz - v * slope + offset));
               }
             });
}

template <Act A>
using ActTag = std::integral_constant<Act, A>;

/// Calls body(ActTag<act>): the one place where a function known at run time becomes a type.
template <class Body>
TAILOR_INLINE void with_act(Act act, const Body& body) {
  switch (act) {
    case Act::identity:
      return body(ActTag<Act::identity>{});
    case Act::relu:
      return body(ActTag<Act::relu>{});
    case Act::relu6:
      return body(ActTag<Act::relu6>{});
    case Act::h_swish:
      return body(ActTag<Act::h_swish>{});
  }
}

}  // namespace

TAILOR_CLONES
void channel_moments(const float* x, int64_t rows, int64_t channels, float* mean, float* variance) {
  std::vector<double> sums(static_cast<size_t>(2 * channels), 0.0);
  // Sums are of x minus the first row, so that a large mean does not swallow a small variance.
  for_chunks(rows, channels,
             [&](auto block, int64_t c, int64_t begin, int64_t end) TAILOR_INLINE_LAMBDA {
               using T = decltype(block);
               T v, origin, sum = {}, square = {};
               load(origin, x + c);
               for (int64_t r = begin; r < end; ++r) {
                 load(v, x + r * channels + c);
                 v -= origin;
                 sum += v;
                 square += v * v;
               }
               add_to(sums.data() + c, sum);
               add_to(sums.data() + channels + c, square);
             });
  const auto n = static_cast<double>(rows);
  for (int64_t c = 0; c < channels; ++c) {
    const double m = sums[static_cast<size_t>(c)] / n;
    mean[c] = static_cast<float>(m + static_cast<double>(x[c]));
    variance[c] =
        static_cast<float>(std::max(0.0, sums[static_cast<size_t>(channels + c)] / n - m * m));
  }
}

TAILOR_CLONES
void affine_act(const float* x, float* y, int64_t rows, int64_t channels, const float* a,
                const float* b, Act act) {
  with_act(act, [&](auto tag) TAILOR_INLINE_LAMBDA {
    affine<decltype(tag)::value>(x, y, rows, channels, a, b);
  });
}

TAILOR_CLONES
void norm_act_backward_sums(const float* x, const float* dy, int64_t rows, int64_t channels,
                            const float* a, const float* b, const float* mean, const float* invstd,
                            Act act, float* sum_dz, float* sum_dz_xhat) {
  std::vector<double> sums(static_cast<size_t>(2 * channels), 0.0);
  with_act(act, [&](auto tag) TAILOR_INLINE_LAMBDA {
    backward_sums<decltype(tag)::value>(x, dy, rows, channels, a, b, mean, invstd, sums.data());
  });
  for (int64_t c = 0; c < channels; ++c) {
    sum_dz[c] = static_cast<float>(sums[static_cast<size_t>(c)]);
    sum_dz_xhat[c] = static_cast<float>(sums[static_cast<size_t>(channels + c)]);
  }
}

TAILOR_CLONES
void norm_act_backward(const float* x, const float* dy, float* dx, int64_t rows, int64_t channels,
                       const float* a, const float* b, const float* mean, const float* invstd,
                       const float* mean_dz, const float* mean_dz_xhat, Act act) {
  with_act(act, [&](auto tag) TAILOR_INLINE_LAMBDA {
    backward<decltype(tag)::value>(x, dy, dx, rows, channels, a, b, mean, invstd, mean_dz,
                                   mean_dz_xhat);
  });
}

}  // namespace tailor::cpu
