// The two passes of a resize, one output row at a time: rows are mixed first (long vectors), then
// the columns of the mixed row.
#include "trainers/data/resize_image.h"

#include <algorithm>
#include <cmath>

namespace tailor::train {
namespace {

constexpr int kBits = 14;  // of a weight's fraction

/// For each output position the first input and `taps` weights (zero where fewer are needed).
struct Weights {
  int64_t taps = 0;
  std::vector<int64_t> first;
  std::vector<int32_t> weight;
};

/// Weights of one output position, summing to exactly one.
void fill_weights(double centre, double reach, int64_t from, int64_t count, int32_t* out) {
  double sum = 0;
  auto triangle = [&](int64_t i) {
    return std::max(0.0, 1 - std::abs((static_cast<double>(from + i) + 0.5 - centre) / reach));
  };
  for (int64_t i = 0; i < count; ++i) sum += triangle(i);
  int32_t rest = 1 << kBits;
  int64_t largest = 0;
  for (int64_t i = 0; i < count; ++i) {
    out[i] = static_cast<int32_t>(std::lround(triangle(i) / sum * (1 << kBits)));
    rest -= out[i];
    if (out[i] > out[largest]) largest = i;
  }
  out[largest] += rest;
}

Weights make_weights(int64_t in_size, double begin, double length, int64_t out_size) {
  const double scale = length / static_cast<double>(out_size), reach = std::max(scale, 1.0);
  Weights w;
  w.taps = std::min(in_size, static_cast<int64_t>(std::ceil(reach)) * 2 + 1);
  w.weight.assign(static_cast<size_t>(out_size * w.taps), 0);
  w.first.resize(static_cast<size_t>(out_size));
  for (int64_t o = 0; o < out_size; ++o) {
    const double centre = begin + (static_cast<double>(o) + 0.5) * scale;
    auto low = static_cast<int64_t>(std::floor(centre - reach + 0.5));
    auto high = static_cast<int64_t>(std::floor(centre + reach + 0.5));
    low = std::clamp<int64_t>(low, 0, in_size - 1);
    high = std::clamp<int64_t>(high, low + 1, std::min(in_size, low + w.taps));
    const int64_t first = std::min(low, in_size - w.taps);
    w.first[static_cast<size_t>(o)] = first;
    fill_weights(centre, reach, low, high - low, w.weight.data() + o * w.taps + (low - first));
  }
  return w;
}

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define TAILOR_WIDE __attribute__((target_clones("avx2", "default"), optimize("O3")))
#else
#define TAILOR_WIDE
#endif

/// sum[i] (+)= weight * row[i].
TAILOR_WIDE void add_row(const uint8_t* row, int32_t weight, int64_t n, int32_t* sum, bool begin) {
  if (begin) {
    for (int64_t i = 0; i < n; ++i) sum[i] = weight * row[i] + (1 << (kBits - 1));
  } else {
    for (int64_t i = 0; i < n; ++i) sum[i] += weight * row[i];
  }
}

TAILOR_WIDE void round_row(const int32_t* sum, int64_t n, uint8_t* out) {
  for (int64_t i = 0; i < n; ++i) out[i] = static_cast<uint8_t>(sum[i] >> kBits);
}

void mix_columns(const uint8_t* row, const Weights& w, uint8_t* out) {
  const int32_t* weight = w.weight.data();
  for (int64_t first : w.first) {
    const uint8_t* p = row + 3 * first;
    int32_t r = 1 << (kBits - 1), g = r, b = r;
    for (int64_t t = 0; t < w.taps; ++t, p += 3) {
      r += weight[t] * p[0];
      g += weight[t] * p[1];
      b += weight[t] * p[2];
    }
    weight += w.taps;
    *out++ = static_cast<uint8_t>(r >> kBits);
    *out++ = static_cast<uint8_t>(g >> kBits);
    *out++ = static_cast<uint8_t>(b >> kBits);
  }
}

}  // namespace

void resize_bilinear(const ImageView& from, const Region& region, int64_t height, int64_t width,
                     uint8_t* out) {
  const Weights rows = make_weights(from.height, region.y, region.height, height);
  Weights columns = make_weights(from.width, region.x, region.width, width);
  // Only the columns that some output takes are mixed.
  const int64_t left = columns.first.front(), right = columns.first.back() + columns.taps;
  for (int64_t& first : columns.first) first -= left;
  const int64_t bytes = 3 * (right - left);
  std::vector<int32_t> sum(static_cast<size_t>(bytes));
  std::vector<uint8_t> mixed(static_cast<size_t>(bytes));
  for (int64_t y = 0; y < height; ++y) {
    const int32_t* weight = rows.weight.data() + y * rows.taps;
    const uint8_t* row = from.pixels + rows.first[static_cast<size_t>(y)] * from.stride + 3 * left;
    bool begin = true;
    for (int64_t t = 0; t < rows.taps; ++t, row += from.stride) {
      if (weight[t] == 0) continue;
      add_row(row, weight[t], bytes, sum.data(), begin);
      begin = false;
    }
    round_row(sum.data(), bytes, mixed.data());
    mix_columns(mixed.data(), columns, out + y * 3 * width);
  }
}

}  // namespace tailor::train
