// Mixup and CutMix over memory of a batch.
#include "trainers/data/mix.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace tailor::train {
namespace {

/// Gamma(shape, 1): Marsaglia & Tsang 2000; below 1 by Gamma(shape + 1) U^(1 / shape).
double draw_gamma(double shape, Rng& rng) {
  if (shape < 1) {
    const double larger = draw_gamma(shape + 1, rng);
    return larger * std::pow(1 - rng.uniform(), 1 / shape);
  }
  const double d = shape - 1.0 / 3, c = 1 / std::sqrt(9 * d);
  while (true) {
    const double x = rng.normal(), v = std::pow(1 + c * x, 3);
    if (v > 0 && std::log(1 - rng.uniform()) < 0.5 * x * x + d - d * v + d * std::log(v)) {
      return d * v;
    }
  }
}

double draw_beta(double a, Rng& rng) {
  const double x = draw_gamma(a, rng), y = draw_gamma(a, rng);
  return x + y > 0 ? x / (x + y) : 0.5;
}

/// Exchanges a box between image i and its partner; returns the share that stays.
double cut(float* images, int64_t n, int64_t side, double share, Rng& rng) {
  const auto half = static_cast<int64_t>(static_cast<double>(side) * std::sqrt(1 - share)) / 2;
  const int64_t y = rng.below(side), x = rng.below(side);
  const int64_t top = std::max<int64_t>(0, y - half), bottom = std::min(side, y + half);
  const int64_t left = std::max<int64_t>(0, x - half), right = std::min(side, x + half);
  for (int64_t i = 0; i < n / 2; ++i) {
    for (int64_t row = top; row < bottom; ++row) {
      float* a = images + 3 * ((i * side + row) * side + left);
      float* b = images + 3 * (((n - 1 - i) * side + row) * side + left);
      std::swap_ranges(a, a + 3 * (right - left), b);
    }
  }
  return 1 -
         static_cast<double>((bottom - top) * (right - left)) / static_cast<double>(side * side);
}

void blend_pairs(float* images, int64_t n, int64_t size, double share) {
  const auto s = static_cast<float>(share);
  for (int64_t i = 0; i < n / 2; ++i) {
    float *a = images + i * size, *b = images + (n - 1 - i) * size;
    for (int64_t j = 0; j < size; ++j) {
      const float x = a[j], y = b[j];
      a[j] = s * x + (1 - s) * y;
      b[j] = s * y + (1 - s) * x;
    }
  }
}

}  // namespace

MixOptions MixOptions::read(const ConfigNode& cfg) {
  MixOptions o;
  cfg.read("mixup", o.mixup, {.min = 0, .max = 100, .doc = "Beta(a, a) of the share; 0: none"});
  cfg.read("cutmix", o.cutmix, {.min = 0, .max = 100, .doc = "Beta(a, a) of the share; 0: none"});
  cfg.read("probability", o.probability, {.min = 0, .max = 1, .doc = "of a batch to be mixed"});
  cfg.finish();
  return o;
}

void mix_batch(float* images, std::span<const int64_t> labels, int64_t resolution, int64_t classes,
               const MixOptions& o, Rng& rng, float* targets) {
  const auto n = std::ssize(labels);
  double share = 1;
  if (rng.coin(o.probability)) {
    const bool cuts = o.cutmix > 0 && (o.mixup <= 0 || rng.coin(0.5));
    share = draw_beta(cuts ? o.cutmix : o.mixup, rng);
    if (cuts) {
      share = cut(images, n, resolution, share, rng);
    } else {
      blend_pairs(images, n, 3 * resolution * resolution, share);
    }
  }
  std::fill(targets, targets + n * classes, 0.0f);
  for (int64_t i = 0; i < n; ++i) {
    float* row = targets + i * classes;
    row[labels[static_cast<size_t>(i)]] += static_cast<float>(share);
    row[labels[static_cast<size_t>(n - 1 - i)]] += static_cast<float>(1 - share);
  }
}

}  // namespace tailor::train
