// Changes of colour on 8-bit RGB pixels, in place, with Pillow's rounding.
#pragma once

#include "core/config_node.h"
#include "core/rng.h"
#include "trainers/data/image.h"

namespace tailor::train {

// pixels: [count, 3]. Factor 1 changes nothing. Source: python-pillow, src/PIL/ImageEnhance.py and
// src/libImaging/Blend.c.

/// Blends with black.
void change_brightness(uint8_t* pixels, int64_t count, double factor);
/// Blends with the grey that is the picture's mean.
void change_contrast(uint8_t* pixels, int64_t count, double factor);
/// Blends with the picture in grey.
void change_saturation(uint8_t* pixels, int64_t count, double factor);
/// Turns the hue by `turn` of a full circle, in [-0.5, 0.5], through 8-bit HSV. Source:
/// torchvision, transforms/_functional_pil.py, adjust_hue; python-pillow, src/libImaging/Convert.c.
void change_hue(uint8_t* pixels, int64_t count, double turn);
/// (R 19595 + G 38470 + B 7471) / 2^16, rounded: ITU-R 601 luma.
uint8_t luma(const uint8_t* pixel);
/// a + factor (b - a), truncated and limited to [0, 255].
uint8_t blend(int a, int b, double factor);

/// Colour jitter: each factor is uniform in [max(0, 1 - x), 1 + x] (hue: [-x, x]); the changes come
/// in random order. OFA's "tf" is brightness 32/255, saturation 0.5. Source: torchvision,
/// transforms.ColorJitter.
struct JitterOptions {
  double brightness = 0, contrast = 0, saturation = 0, hue = 0;

  static JitterOptions read(const ConfigNode& cfg);
  bool any() const { return brightness > 0 || contrast > 0 || saturation > 0 || hue > 0; }
};
void jitter_colours(uint8_t* pixels, int64_t count, const JitterOptions& options, Rng& rng);

}  // namespace tailor::train
