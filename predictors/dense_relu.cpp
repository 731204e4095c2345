// Register tiles of rows and lanes, chosen by what the processor has.
#include "predictors/dense_relu.h"

#include <algorithm>

namespace tailor::predict {
namespace {

constexpr size_t kRows = 6;  // a tile's; with two vectors of lanes 12 accumulators

#define TAILOR_INLINE inline __attribute__((always_inline))

template <int Bytes>
struct Vector {
  typedef float Type __attribute__((vector_size(Bytes), aligned(Bytes)));
  static constexpr size_t kWidth = Bytes / sizeof(float);
};

/// kRows rows times 2 vectors of lanes, all inputs.
template <int Bytes>
TAILOR_INLINE void tile(const float* weight, const float* bias, size_t in, size_t rows,
                        const float* x, float* y) {
  using V = typename Vector<Bytes>::Type;
  constexpr size_t width = Vector<Bytes>::kWidth;
  V sum[kRows][2];
  for (size_t r = 0; r < kRows; ++r) sum[r][0] = sum[r][1] = V{} + (r < rows ? bias[r] : 0.0F);
  for (size_t i = 0; i < in; ++i) {
    const V a = *reinterpret_cast<const V*>(x + i * kLanes);
    const V b = *reinterpret_cast<const V*>(x + i * kLanes + width);
#pragma GCC unroll 6
    for (size_t r = 0; r < kRows; ++r) {
      const float w = weight[i * kRows + r];
      sum[r][0] += w * a;
      sum[r][1] += w * b;
    }
  }
  for (size_t r = 0; r < rows; ++r) {
    for (size_t v = 0; v < 2; ++v) {
      const V zero{};
      *reinterpret_cast<V*>(y + r * kLanes + v * width) = sum[r][v] > zero ? sum[r][v] : zero;
    }
  }
}

template <int Bytes>
TAILOR_INLINE void layer(const float* packed, const float* bias, size_t in, size_t out,
                         const float* x, float* y) {
  constexpr size_t lanes = 2 * Vector<Bytes>::kWidth;
  for (size_t o = 0; o < out; o += kRows) {
    for (size_t lane = 0; lane < kLanes; lane += lanes) {
      tile<Bytes>(packed + o * in, bias + o, in, std::min(kRows, out - o), x + lane,
                  y + o * kLanes + lane);
    }
  }
}

/// Count vectors of units from `begin` on, kept in registers.
template <int Bytes, size_t Count>
TAILOR_INLINE void sum_units(std::span<const float* const> columns, const float* bias, size_t begin,
                             float* y) {
  typedef float V __attribute__((vector_size(Bytes), aligned(alignof(float))));
  constexpr size_t width = Bytes / sizeof(float);
  V sum[Count];
  for (size_t v = 0; v < Count; ++v) {
    sum[v] = *reinterpret_cast<const V*>(bias + begin + v * width);
  }
  for (const float* column : columns) {
#pragma GCC unroll 8
    for (size_t v = 0; v < Count; ++v) {
      sum[v] += *reinterpret_cast<const V*>(column + begin + v * width);
    }
  }
  for (size_t v = 0; v < Count; ++v) {
    const V zero{};
    *reinterpret_cast<V*>(y + begin + v * width) = sum[v] > zero ? sum[v] : zero;
  }
}

template <int Bytes>
TAILOR_INLINE void sum_columns(std::span<const float* const> columns, const float* bias,
                               size_t units, float* y) {
  constexpr size_t width = Bytes / sizeof(float), many = 8;
  size_t begin = 0;
  for (; begin + many * width <= units; begin += many * width) {
    sum_units<Bytes, many>(columns, bias, begin, y);
  }
  for (; begin + width <= units; begin += width) sum_units<Bytes, 1>(columns, bias, begin, y);
  for (; begin < units; ++begin) {
    float sum = bias[begin];
    for (const float* column : columns) sum += column[begin];
    y[begin] = std::max(sum, 0.0F);
  }
}

using Columns = void (*)(std::span<const float* const>, const float*, size_t, float*);
using Kernel = void (*)(const float*, const float*, size_t, size_t, const float*, float*);

void baseline(const float* w, const float* b, size_t in, size_t out, const float* x, float* y) {
  layer<16>(w, b, in, out, x, y);
}

void baseline_columns(std::span<const float* const> columns, const float* bias, size_t units,
                      float* y) {
  sum_columns<16>(columns, bias, units, y);
}

#if defined(__x86_64__)
__attribute__((target("avx2,fma"))) void avx2_columns(std::span<const float* const> columns,
                                                      const float* bias, size_t units, float* y) {
  sum_columns<32>(columns, bias, units, y);
}

__attribute__((target("avx512f"))) void avx512_columns(std::span<const float* const> columns,
                                                       const float* bias, size_t units, float* y) {
  sum_columns<64>(columns, bias, units, y);
}

__attribute__((target("avx2,fma"))) void avx2(const float* w, const float* b, size_t in, size_t out,
                                              const float* x, float* y) {
  layer<32>(w, b, in, out, x, y);
}

__attribute__((target("avx512f"))) void avx512(const float* w, const float* b, size_t in,
                                               size_t out, const float* x, float* y) {
  layer<64>(w, b, in, out, x, y);
}
#endif

struct Choice {
  Kernel kernel;
  Columns columns;
  const char* name;
};

Choice choose() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) return {avx512, avx512_columns, "avx512f"};
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    return {avx2, avx2_columns, "avx2"};
#endif
  return {baseline, baseline_columns, "baseline"};
}

const Choice kChoice = choose();

}  // namespace

std::vector<float> pack_rows(const std::vector<float>& weight, size_t in, size_t out) {
  std::vector<float> packed((out + kRows - 1) / kRows * kRows * in, 0.0F);
  for (size_t o = 0; o < out; ++o) {
    const size_t first = o / kRows * kRows;
    for (size_t i = 0; i < in; ++i) {
      packed[first * in + i * kRows + (o - first)] = weight[o * in + i];
    }
  }
  return packed;
}

void dense_relu(const std::vector<float>& packed, const std::vector<float>& bias, size_t in,
                size_t out, const float* x, float* y) {
  kChoice.kernel(packed.data(), bias.data(), in, out, x, y);
}

void sparse_relu(std::span<const float* const> columns, const std::vector<float>& bias, float* y) {
  kChoice.columns(columns, bias.data(), bias.size(), y);
}

const char* dense_relu_instructions() { return kChoice.name; }

}  // namespace tailor::predict
