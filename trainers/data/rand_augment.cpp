// The operations of RandAugment.
#include "trainers/data/rand_augment.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "core/error.h"
#include "trainers/data/colour.h"

namespace tailor::train {
namespace {

/// Output (x, y) shows input (a x + b y + c, d x + e y + f), both at pixel centres.
void move_pixels(Image& image, const std::array<double, 6>& m) {
  std::vector<uint8_t> out(image.pixels.size(), 0);
  for (int64_t y = 0; y < image.height; ++y) {
    for (int64_t x = 0; x < image.width; ++x) {
      const double px = static_cast<double>(x) + 0.5, py = static_cast<double>(y) + 0.5;
      const auto sx = static_cast<int64_t>(std::floor(m[0] * px + m[1] * py + m[2]));
      const auto sy = static_cast<int64_t>(std::floor(m[3] * px + m[4] * py + m[5]));
      if (sx < 0 || sy < 0 || sx >= image.width || sy >= image.height) continue;
      std::copy_n(image.pixels.data() + 3 * (sy * image.width + sx), 3,
                  out.data() + 3 * (y * image.width + x));
    }
  }
  image.pixels = std::move(out);
}

void rotate(Image& image, double degrees) {
  const double angle = degrees * std::numbers::pi / 180, c = std::cos(angle), s = std::sin(angle);
  const double x = static_cast<double>(image.width) / 2, y = static_cast<double>(image.height) / 2;
  move_pixels(image, {c, -s, x - c * x + s * y, s, c, y - s * x - c * y});
}

template <class Map>
void map_channels(Image& image, const Map& make) {
  for (size_t c = 0; c < 3; ++c) {
    std::array<int64_t, 256> counts{};
    for (size_t i = c; i < image.pixels.size(); i += 3) ++counts[image.pixels[i]];
    const std::array<uint8_t, 256> table = make(counts);
    for (size_t i = c; i < image.pixels.size(); i += 3) image.pixels[i] = table[image.pixels[i]];
  }
}

std::array<uint8_t, 256> identity_table() {
  std::array<uint8_t, 256> table{};
  for (size_t v = 0; v < 256; ++v) table[v] = static_cast<uint8_t>(v);
  return table;
}

/// Pillow's ImageOps.autocontrast.
std::array<uint8_t, 256> stretch(const std::array<int64_t, 256>& counts) {
  int low = 0, high = 255;
  while (low < 255 && counts[static_cast<size_t>(low)] == 0) ++low;
  while (high > 0 && counts[static_cast<size_t>(high)] == 0) --high;
  auto table = identity_table();
  if (high <= low) return table;
  const double scale = 255.0 / (high - low);
  for (int v = 0; v < 256; ++v) {
    table[static_cast<size_t>(v)] =
        static_cast<uint8_t>(std::clamp(static_cast<int>(v * scale - low * scale), 0, 255));
  }
  return table;
}

/// Pillow's ImageOps.equalize.
std::array<uint8_t, 256> equalize(const std::array<int64_t, 256>& counts) {
  int64_t total = 0, last = 0, used = 0;
  for (int64_t count : counts) {
    total += count;
    if (count > 0) last = count, ++used;
  }
  const int64_t step = (total - last) / 255;
  auto table = identity_table();
  if (used <= 1 || step == 0) return table;
  int64_t sum = step / 2;
  for (size_t v = 0; v < 256; ++v) {
    table[v] = static_cast<uint8_t>(std::min<int64_t>(255, sum / step));
    sum += counts[v];
  }
  return table;
}

/// Blends with Pillow's SMOOTH filter (1 1 1, 1 5 1, 1 1 1) / 13; the border stays.
void sharpen(Image& image, double factor) {
  const std::vector<uint8_t> old = image.pixels;
  const int64_t row = 3 * image.width;
  for (int64_t y = 1; y + 1 < image.height; ++y) {
    for (int64_t i = y * row + 3; i < (y + 1) * row - 3; ++i) {
      int sum = 4 * old[static_cast<size_t>(i)];
      for (int64_t dy = -row; dy <= row; dy += row) {
        for (int64_t dx = -3; dx <= 3; dx += 3) sum += old[static_cast<size_t>(i + dy + dx)];
      }
      const int smooth = (2 * sum + 13) / 26;
      image.pixels[static_cast<size_t>(i)] = blend(smooth, old[static_cast<size_t>(i)], factor);
    }
  }
}

void posterize(Image& image, double strength) {
  const auto bits = 8 - static_cast<int>(std::nearbyint(4 * strength));
  for (uint8_t& v : image.pixels) v = static_cast<uint8_t>(v & (0xff << (8 - bits)));
}

void solarize(Image& image, double strength) {
  const double threshold = 255 * (1 - strength);
  for (uint8_t& v : image.pixels) {
    if (v >= threshold) v = static_cast<uint8_t>(255 - v);
  }
}

struct Operation {
  const char* name;
  double range;  ///< of what `run` gets at strength 1, with its sign; 0: it gets the strength
  void (*run)(Image&, double);
};

int64_t pixels_of(const Image& image) { return image.height * image.width; }

const Operation kOperations[] = {
    {"Identity", 0, [](Image&, double) {}},
    {"ShearX", 0.3,
     [](Image& i, double x) {
       move_pixels(i, {1, x, 0, 0, 1, 0});
     }},
    {"ShearY", 0.3,
     [](Image& i, double x) {
       move_pixels(i, {1, 0, 0, x, 1, 0});
     }},
    {"TranslateX", 150.0 / 331,
     [](Image& i, double x) {
       move_pixels(i, {1, 0, -std::trunc(x * static_cast<double>(i.width)), 0, 1, 0});
     }},
    {"TranslateY", 150.0 / 331,
     [](Image& i, double x) {
       move_pixels(i, {1, 0, 0, 0, 1, -std::trunc(x * static_cast<double>(i.height))});
     }},
    {"Rotate", 30, rotate},
    {"Brightness", 0.9,
     [](Image& i, double x) { change_brightness(i.pixels.data(), pixels_of(i), 1 + x); }},
    {"Color", 0.9,
     [](Image& i, double x) { change_saturation(i.pixels.data(), pixels_of(i), 1 + x); }},
    {"Contrast", 0.9,
     [](Image& i, double x) { change_contrast(i.pixels.data(), pixels_of(i), 1 + x); }},
    {"Sharpness", 0.9, [](Image& i, double x) { sharpen(i, 1 + x); }},
    {"Posterize", 0, posterize},
    {"Solarize", 0, solarize},
    {"AutoContrast", 0, [](Image& i, double) { map_channels(i, stretch); }},
    {"Equalize", 0, [](Image& i, double) { map_channels(i, equalize); }},
};

void run(const Operation& operation, Image& image, double strength, bool negative) {
  const double amount = operation.range > 0 ? operation.range * strength : strength;
  operation.run(image, operation.range > 0 && negative ? -amount : amount);
}

}  // namespace

std::vector<std::string> rand_augment_names() {
  std::vector<std::string> out;
  for (const Operation& operation : kOperations) out.push_back(operation.name);
  return out;
}

void rand_augment_one(Image& image, const std::string& name, double strength, bool negative) {
  for (const Operation& operation : kOperations) {
    if (operation.name == name) return run(operation, image, strength, negative);
  }
  throw UnknownNameError(str("unknown operation '", name,
                             "' of RandAugment; known: ", join(rand_augment_names(), ", ")));
}

void rand_augment(Image& image, int64_t operations, int64_t magnitude, Rng& rng) {
  for (int64_t k = 0; k < operations; ++k) {
    const auto which = static_cast<size_t>(rng.below(std::ssize(kOperations)));
    run(kOperations[which], image, static_cast<double>(magnitude) / 30, rng.coin(0.5));
  }
}

}  // namespace tailor::train
