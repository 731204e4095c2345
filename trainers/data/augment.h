// From a decoded picture to an input: crop, resize, mirror, normalise.
#pragma once

#include <string>
#include <vector>

#include "core/config_node.h"
#include "core/rng.h"
#include "trainers/data/colour.h"
#include "trainers/data/image.h"
#include "trainers/data/resize_image.h"

namespace tailor::train {

/// How training images are varied.
struct AugmentOptions {
  std::string crop = "random_resized";
  std::vector<double> scale = {0.08, 1}, ratio = {3.0 / 4, 4.0 / 3};
  int64_t pad = 4;
  bool flip = true;
  JitterOptions jitter;
  int64_t rand_operations = 0, rand_magnitude = 9;
  double erase = 0;

  static AugmentOptions read(const ConfigNode& cfg, const std::string& default_crop);
};

/// A random part: `scale` bounds its share of the area, `ratio` its width / height; the picture's
/// centre where ten tries do not fit. Source: torchvision, transforms.RandomResizedCrop.get_params.
Box random_resized_box(ImageSize size, const std::vector<double>& scale,
                       const std::vector<double>& ratio, Rng& rng);

/// A part to erase: 2 to 33 % of the area, height / width in [0.3, 3.3]; false where ten tries do
/// not fit. Source: Zhong et al. 2020; torchvision, transforms.RandomErasing.get_params.
bool random_erased_box(ImageSize size, Rng& rng, Box& box);

/// The region that Resize(ceil(resolution / test_crop)) of the shorter side and CenterCrop(
/// resolution) show; test_crop 0 squeezes the whole picture. Source: once-for-all,
/// ofa/imagenet_classification/data_providers/imagenet.py, build_valid_transform.
Region test_region(ImageSize size, int64_t resolution, double test_crop);

/// The picture moved by (dy, dx) pixels; zeros come in. out: [height, width, 3].
void shift_image(const ImageView& from, int64_t dy, int64_t dx, uint8_t* out);

/// Mirrors left and right in place. pixels: [height, width, 3].
void flip_image(uint8_t* pixels, int64_t height, int64_t width);

/// (pixel / 255 - mean) / std of each of three channels.
class Normaliser {
 public:
  Normaliser(const std::vector<double>& mean, const std::vector<double>& std);
  /// pixels, out: [count, 3].
  void run(const uint8_t* pixels, int64_t count, float* out) const;

 private:
  static constexpr int64_t kRun = 48;
  float scale_[kRun], offset_[kRun];  // of a run of 16 pixels
};

}  // namespace tailor::train
