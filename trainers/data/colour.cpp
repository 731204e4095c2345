// Brightness, contrast, saturation and hue.
#include "trainers/data/colour.h"

#include <algorithm>
#include <cmath>

namespace tailor::train {
namespace {

/// 8-bit HSV as Pillow's rgb2hsv_row and hsv2rgb.
void turn_pixel(uint8_t* p, int turn) {
  const int high = std::max({p[0], p[1], p[2]}), low = std::min({p[0], p[1], p[2]});
  if (high == low) return;
  const auto range = static_cast<float>(high - low);
  const float r = static_cast<float>(high - p[0]) / range;
  const float g = static_cast<float>(high - p[1]) / range;
  const float b = static_cast<float>(high - p[2]) / range;
  const float sixths = p[0] == high ? b - g : p[1] == high ? 2 + r - b : 4 + g - r;
  const double hue = std::fmod(static_cast<double>(sixths) / 6 + 1, 1.0);
  const int h = (static_cast<int>(hue * 255) + turn) & 255;
  const int s = static_cast<int>(range / static_cast<float>(high) * 255);
  const float part = static_cast<float>(h) * 6 / 255, share = static_cast<float>(s) / 255;
  const int sector = static_cast<int>(std::floor(part));
  const float f = part - static_cast<float>(sector);
  const auto v = static_cast<float>(high);
  auto level = [&](float x) {
    return static_cast<uint8_t>(std::clamp(std::lround(v * (1 - x)), 0L, 255L));
  };
  const uint8_t top = static_cast<uint8_t>(high), bottom = level(share);
  const uint8_t falling = level(share * f), rising = level(share * (1 - f));
  const uint8_t table[6][3] = {{top, rising, bottom}, {falling, top, bottom},
                               {bottom, top, rising}, {bottom, falling, top},
                               {rising, bottom, top}, {top, bottom, falling}};
  std::copy_n(table[sector % 6], 3, p);
}

}  // namespace

uint8_t luma(const uint8_t* p) {
  return static_cast<uint8_t>((p[0] * 19595 + p[1] * 38470 + p[2] * 7471 + 0x8000) >> 16);
}

uint8_t blend(int a, int b, double factor) {
  const float value =
      static_cast<float>(a) + static_cast<float>(factor) * static_cast<float>(b - a);
  return static_cast<uint8_t>(std::clamp(value, 0.0f, 255.0f));
}

void change_brightness(uint8_t* pixels, int64_t count, double factor) {
  for (int64_t i = 0; i < 3 * count; ++i) pixels[i] = blend(0, pixels[i], factor);
}

void change_contrast(uint8_t* pixels, int64_t count, double factor) {
  double sum = 0;
  for (int64_t i = 0; i < count; ++i) sum += luma(pixels + 3 * i);
  const int grey = static_cast<int>(sum / static_cast<double>(count) + 0.5);
  for (int64_t i = 0; i < 3 * count; ++i) pixels[i] = blend(grey, pixels[i], factor);
}

void change_saturation(uint8_t* pixels, int64_t count, double factor) {
  for (int64_t i = 0; i < count; ++i) {
    const int grey = luma(pixels + 3 * i);
    for (int64_t c = 3 * i; c < 3 * i + 3; ++c) pixels[c] = blend(grey, pixels[c], factor);
  }
}

void change_hue(uint8_t* pixels, int64_t count, double turn) {
  const int steps = static_cast<int>(turn * 255) & 255;  // as torchvision's cast to uint8
  for (int64_t i = 0; i < count; ++i) turn_pixel(pixels + 3 * i, steps);
}

JitterOptions JitterOptions::read(const ConfigNode& cfg) {
  JitterOptions o;
  cfg.read("brightness", o.brightness,
           {.min = 0, .max = 10, .doc = "factor in [1 - x, 1 + x]; OFA: 0.1255"});
  cfg.read("contrast", o.contrast, {.min = 0, .max = 10, .doc = "factor in [1 - x, 1 + x]"});
  cfg.read("saturation", o.saturation,
           {.min = 0, .max = 10, .doc = "factor in [1 - x, 1 + x]; OFA: 0.5"});
  cfg.read("hue", o.hue, {.min = 0, .max = 0.5, .doc = "turn in [-x, x] of the circle"});
  cfg.finish();
  return o;
}

void jitter_colours(uint8_t* pixels, int64_t count, const JitterOptions& o, Rng& rng) {
  const std::vector<int64_t> order = rng.permutation(4);
  const double amounts[4] = {o.brightness, o.contrast, o.saturation, o.hue};
  double factors[4];
  for (int k = 0; k < 4; ++k) {
    const double high = k == 3 ? amounts[k] : 1 + amounts[k];
    const double low = k == 3 ? -amounts[k] : std::max(0.0, 1 - amounts[k]);
    factors[k] = low + (high - low) * rng.uniform();
  }
  using Change = void (*)(uint8_t*, int64_t, double);
  const Change changes[4] = {change_brightness, change_contrast, change_saturation, change_hue};
  for (int64_t k : order) {
    if (amounts[k] > 0) changes[k](pixels, count, factors[k]);
  }
}

}  // namespace tailor::train
