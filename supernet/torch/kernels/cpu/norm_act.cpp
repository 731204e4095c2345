// Fused batch norm and activation: two reads forward, two backward, nothing kept but x.
#include "supernet/torch/kernels/cpu/norm_act.h"

#include <algorithm>
#include <vector>

#include "supernet/torch/kernels/cpu/vec.h"

namespace tailor::cpu {
namespace {

// Rows summed in float before they are added to a double: keeps sums of many rows exact enough.
constexpr int64_t kChunk = 256;

template <class T>
TAILOR_INLINE T clamp(T v, float low, float high) {
  v = v < low ? T{} + low : v;
  return v > high ? T{} + high : v;
}

template <Act A, class T>
TAILOR_INLINE T apply(T z) {
  if constexpr (A == Act::relu) return z > 0.0f ? z : T{};
  if constexpr (A == Act::relu6) return clamp(z, 0.0f, 6.0f);
  if constexpr (A == Act::h_swish) return z * clamp(z + 3.0f, 0.0f, 6.0f) * (1.0f / 6.0f);
  return z;
}

/// dy * act'(z).
template <Act A, class T>
TAILOR_INLINE T derive(T dy, T z) {
  if constexpr (A == Act::relu) return z > 0.0f ? dy : T{};
  if constexpr (A == Act::relu6) {
    T masked = z > 0.0f ? dy : T{};
    return z < 6.0f ? masked : T{};
  }
  if constexpr (A == Act::h_swish) {
    T middle = dy * (z * (1.0f / 3.0f) + 0.5f);
    T low = z > -3.0f ? middle : T{};
    return z < 3.0f ? low : dy;
  }
  return dy;
}

template <Act A>
TAILOR_INLINE void affine(const float* x, float* y, int64_t rows, int64_t channels, const float* a,
                          const float* b) {
  for (int64_t r = 0; r < rows; ++r) {
    for_channel_blocks(0, channels, [&](auto block, int64_t c) TAILOR_INLINE_LAMBDA {
      decltype(block) v, scale, shift;
      load(v, x + r * channels + c);
      load(scale, a + c);
      load(shift, b + c);
      store(y + r * channels + c, apply<A>(v * scale + shift));
    });
  }
}

template <Act A>
TAILOR_INLINE void backward_sums(const float* x, const float* dy, int64_t rows, int64_t channels,
                                 const float* a, const float* b, const float* mean,
                                 const float* invstd, double* sums) {
  std::vector<float> partial(static_cast<size_t>(2 * channels));
  for (int64_t begin = 0; begin < rows; begin += kChunk) {
    std::fill(partial.begin(), partial.end(), 0.0f);
    float* dz_sum = partial.data();
    float* xhat_sum = dz_sum + channels;
    for (int64_t r = begin; r < std::min(rows, begin + kChunk); ++r) {
      for_channel_blocks(0, channels, [&](auto block, int64_t c) TAILOR_INLINE_LAMBDA {
        decltype(block) v, g, scale, shift, m, s, total, total_xhat;
        load(v, x + r * channels + c);
        load(g, dy + r * channels + c);
        load(scale, a + c);
        load(shift, b + c);
        load(m, mean + c);
        load(s, invstd + c);
        load(total, dz_sum + c);
        load(total_xhat, xhat_sum + c);
        const auto dz = derive<A>(g, v * scale + shift);
        store(dz_sum + c, total + dz);
        store(xhat_sum + c, total_xhat + dz * ((v - m) * s));
      });
    }
    for (int64_t c = 0; c < 2 * channels; ++c) {
      sums[c] += static_cast<double>(partial[static_cast<size_t>(c)]);
    }
  }
}

template <Act A>
TAILOR_INLINE void backward(const float* x, const float* dy, float* dx, int64_t rows,
                            int64_t channels, const float* a, const float* b, const float* mean,
                            const float* invstd, const float* mean_dz, const float* mean_dz_xhat) {
  for (int64_t r = 0; r < rows; ++r) {
    for_channel_blocks(0, channels, [&](auto block, int64_t c) TAILOR_INLINE_LAMBDA {
      decltype(block) v, g, scale, shift, m, s, mz, mzx;
      load(v, x + r * channels + c);
      load(g, dy + r * channels + c);
      load(scale, a + c);
      load(shift, b + c);
      load(m, mean + c);
      load(s, invstd + c);
      load(mz, mean_dz + c);
      load(mzx, mean_dz_xhat + c);
      const auto dz = derive<A>(g, v * scale + shift);
      store(dx + r * channels + c, scale * (dz - mz - ((v - m) * s) * mzx));
    });
  }
}

}  // namespace

TAILOR_CLONES
void channel_moments(const float* x, int64_t rows, int64_t channels, float* mean,
                     float* variance) {
  std::vector<double> sums(static_cast<size_t>(2 * channels), 0.0);
  std::vector<float> partial(static_cast<size_t>(2 * channels));
  // Sums are of x minus the first row, so that a large mean does not swallow a small variance.
  for (int64_t begin = 0; begin < rows; begin += kChunk) {
    std::fill(partial.begin(), partial.end(), 0.0f);
    float* sum = partial.data();
    float* square = sum + channels;
    for (int64_t r = begin; r < std::min(rows, begin + kChunk); ++r) {
      for_channel_blocks(0, channels, [&](auto block, int64_t c) TAILOR_INLINE_LAMBDA {
        decltype(block) v, origin, s, q;
        load(v, x + r * channels + c);
        load(origin, x + c);
        load(s, sum + c);
        load(q, square + c);
        v -= origin;
        store(sum + c, s + v);
        store(square + c, q + v * v);
      });
    }
    for (int64_t c = 0; c < 2 * channels; ++c) {
      sums[static_cast<size_t>(c)] += static_cast<double>(partial[static_cast<size_t>(c)]);
    }
  }
  const auto n = static_cast<double>(rows);
  for (int64_t c = 0; c < channels; ++c) {
    const double m = sums[static_cast<size_t>(c)] / n;
    mean[c] = static_cast<float>(m + static_cast<double>(x[c]));
    variance[c] = static_cast<float>(
        std::max(0.0, sums[static_cast<size_t>(channels + c)] / n - m * m));
  }
}

TAILOR_CLONES
void affine_act(const float* x, float* y, int64_t rows, int64_t channels, const float* a,
                const float* b, Act act) {
  switch (act) {
    case Act::identity: return affine<Act::identity>(x, y, rows, channels, a, b);
    case Act::relu: return affine<Act::relu>(x, y, rows, channels, a, b);
    case Act::relu6: return affine<Act::relu6>(x, y, rows, channels, a, b);
    case Act::h_swish: return affine<Act::h_swish>(x, y, rows, channels, a, b);
  }
}

TAILOR_CLONES
void norm_act_backward_sums(const float* x, const float* dy, int64_t rows, int64_t channels,
                            const float* a, const float* b, const float* mean, const float* invstd,
                            Act act, float* sum_dz, float* sum_dz_xhat) {
  std::vector<double> sums(static_cast<size_t>(2 * channels), 0.0);
  double* s = sums.data();
  switch (act) {
    case Act::identity:
      backward_sums<Act::identity>(x, dy, rows, channels, a, b, mean, invstd, s);
      break;
    case Act::relu: backward_sums<Act::relu>(x, dy, rows, channels, a, b, mean, invstd, s); break;
    case Act::relu6: backward_sums<Act::relu6>(x, dy, rows, channels, a, b, mean, invstd, s); break;
    case Act::h_swish:
      backward_sums<Act::h_swish>(x, dy, rows, channels, a, b, mean, invstd, s);
      break;
  }
  for (int64_t c = 0; c < channels; ++c) {
    sum_dz[c] = static_cast<float>(sums[static_cast<size_t>(c)]);
    sum_dz_xhat[c] = static_cast<float>(sums[static_cast<size_t>(channels + c)]);
  }
}

TAILOR_CLONES
void norm_act_backward(const float* x, const float* dy, float* dx, int64_t rows, int64_t channels,
                       const float* a, const float* b, const float* mean, const float* invstd,
                       const float* mean_dz, const float* mean_dz_xhat, Act act) {
  switch (act) {
    case Act::identity:
      return backward<Act::identity>(x, dy, dx, rows, channels, a, b, mean, invstd, mean_dz,
                                     mean_dz_xhat);
    case Act::relu:
      return backward<Act::relu>(x, dy, dx, rows, channels, a, b, mean, invstd, mean_dz,
                                 mean_dz_xhat);
    case Act::relu6:
      return backward<Act::relu6>(x, dy, dx, rows, channels, a, b, mean, invstd, mean_dz,
                                  mean_dz_xhat);
    case Act::h_swish:
      return backward<Act::h_swish>(x, dy, dx, rows, channels, a, b, mean, invstd, mean_dz,
                                    mean_dz_xhat);
  }
}

}  // namespace tailor::cpu
