// Crops, mirroring and normalisation.
#include "trainers/data/augment.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace tailor::train {
namespace {

void read_range(const ConfigNode& cfg, const std::string& key, std::vector<double>& field,
                double most, const std::string& doc) {
  cfg.read(key, field, {.min = 1e-4, .max = most, .doc = doc});
  if (cfg.recording()) return;
  if (field.size() != 2 || field[0] > field[1]) cfg.fail(key, "must be [lowest, highest]");
}

}  // namespace

AugmentOptions AugmentOptions::read(const ConfigNode& cfg, const std::string& default_crop) {
  AugmentOptions o;
  o.crop = default_crop;
  cfg.read("crop", o.crop,
           {.choices = {"random_resized", "padded", "none"},
            .doc = "random_resized: a part of random size and shape; padded: shift by up to `pad` "
                   "pixels; none: as in the test"});
  read_range(cfg, "scale", o.scale, 1, "random_resized: share of the area, lowest and highest");
  read_range(cfg, "ratio", o.ratio, 100, "random_resized: width / height, lowest and highest");
  cfg.read("pad", o.pad, {.min = 0, .max = 512, .doc = "padded: pixels at the stored size"});
  cfg.read("flip", o.flip, {.doc = "mirror half of the images"});
  o.jitter = JitterOptions::read(cfg.child("jitter", "random changes of colour"));
  cfg.read("rand_operations", o.rand_operations,
           {.min = 0, .max = 16, .doc = "RandAugment: operations an image; 0: none"});
  cfg.read("rand_magnitude", o.rand_magnitude,
           {.min = 0, .max = 30, .doc = "RandAugment: strength of them"});
  cfg.read("erase", o.erase,
           {.min = 0, .max = 1, .doc = "probability that a random part becomes the mean"});
  cfg.finish();
  return o;
}

Box random_resized_box(ImageSize size, const std::vector<double>& scale,
                       const std::vector<double>& ratio, Rng& rng) {
  const auto height = static_cast<double>(size.height), width = static_cast<double>(size.width);
  const double low = std::log(ratio[0]), high = std::log(ratio[1]);
  for (int attempt = 0; attempt < 10; ++attempt) {
    const double area = height * width * (scale[0] + (scale[1] - scale[0]) * rng.uniform());
    const double aspect = std::exp(low + (high - low) * rng.uniform());
    const auto w = static_cast<int64_t>(std::nearbyint(std::sqrt(area * aspect)));
    const auto h = static_cast<int64_t>(std::nearbyint(std::sqrt(area / aspect)));
    if (w < 1 || h < 1 || w > size.width || h > size.height) continue;
    const int64_t y = rng.below(size.height - h + 1), x = rng.below(size.width - w + 1);
    return {y, x, h, w};
  }
  Box box{0, 0, size.height, size.width};
  if (width / height < ratio[0]) {
    box.height = static_cast<int64_t>(std::nearbyint(width / ratio[0]));
  } else if (width / height > ratio[1]) {
    box.width = static_cast<int64_t>(std::nearbyint(height * ratio[1]));
  }
  box.height = std::clamp<int64_t>(box.height, 1, size.height);
  box.width = std::clamp<int64_t>(box.width, 1, size.width);
  box.y = (size.height - box.height) / 2;
  box.x = (size.width - box.width) / 2;
  return box;
}

bool random_erased_box(ImageSize size, Rng& rng, Box& box) {
  const double area = static_cast<double>(size.height * size.width), range = std::log(3.3 / 0.3);
  for (int attempt = 0; attempt < 10; ++attempt) {
    const double part = area * (0.02 + 0.31 * rng.uniform());
    const double aspect = 0.3 * std::exp(range * rng.uniform());  // height / width
    const auto h = static_cast<int64_t>(std::nearbyint(std::sqrt(part * aspect)));
    const auto w = static_cast<int64_t>(std::nearbyint(std::sqrt(part / aspect)));
    if (h < 1 || w < 1 || h >= size.height || w >= size.width) continue;
    box = {rng.below(size.height - h + 1), 0, h, w};
    box.x = rng.below(size.width - w + 1);
    return true;
  }
  return false;
}

Region test_region(ImageSize size, int64_t resolution, double test_crop) {
  const auto height = static_cast<double>(size.height), width = static_cast<double>(size.width);
  if (test_crop <= 0) return {0, 0, height, width};
  const auto target = static_cast<double>(resolution);
  const double shorter = std::ceil(target / test_crop - 1e-9);
  const double h = height <= width ? shorter : std::floor(shorter * height / width);
  const double w = height <= width ? std::floor(shorter * width / height) : shorter;
  const double y_scale = height / h, x_scale = width / w;
  // Python's round goes to the even one.
  const double top = std::nearbyint((h - target) / 2), left = std::nearbyint((w - target) / 2);
  return {top * y_scale, left * x_scale, target * y_scale, target * x_scale};
}

void shift_image(const ImageView& from, int64_t dy, int64_t dx, uint8_t* out) {
  const int64_t row_bytes = 3 * from.width;
  const int64_t begin = std::clamp<int64_t>(-dx, 0, from.width);
  const int64_t end = std::clamp<int64_t>(from.width - dx, begin, from.width);
  for (int64_t y = 0; y < from.height; ++y, out += row_bytes) {
    const int64_t source = y + dy;
    if (source < 0 || source >= from.height || begin == end) {
      std::memset(out, 0, static_cast<size_t>(row_bytes));
      continue;
    }
    std::memset(out, 0, static_cast<size_t>(3 * begin));
    std::memcpy(out + 3 * begin, from.pixels + source * from.stride + 3 * (begin + dx),
                static_cast<size_t>(3 * (end - begin)));
    std::memset(out + 3 * end, 0, static_cast<size_t>(3 * (from.width - end)));
  }
}

void flip_image(uint8_t* pixels, int64_t height, int64_t width) {
  for (int64_t y = 0; y < height; ++y) {
    uint8_t* left = pixels + y * 3 * width;
    uint8_t* right = left + 3 * (width - 1);
    for (; left < right; left += 3, right -= 3) {
      std::swap(left[0], right[0]);
      std::swap(left[1], right[1]);
      std::swap(left[2], right[2]);
    }
  }
}

Normaliser::Normaliser(const std::vector<double>& mean, const std::vector<double>& std) {
  for (size_t i = 0; i < kRun; ++i) {
    scale_[i] = static_cast<float>(1 / (255 * std[i % 3]));
    offset_[i] = static_cast<float>(-mean[i % 3] / std[i % 3]);
  }
}

void Normaliser::run(const uint8_t* pixels, int64_t count, float* out) const {
  const int64_t n = 3 * count;
  int64_t i = 0;
  for (; i + kRun <= n; i += kRun) {
    for (int64_t j = 0; j < kRun; ++j) {
      out[i + j] = static_cast<float>(pixels[i + j]) * scale_[j] + offset_[j];
    }
  }
  for (int64_t j = 0; i < n; ++i, ++j) {
    out[i] = static_cast<float>(pixels[i]) * scale_[j] + offset_[j];
  }
}

}  // namespace tailor::train
