// Writes one example: a picture of a store, varied for training or as it is tested.
#pragma once

#include "trainers/data/augment.h"
#include "trainers/data/image_store.h"

namespace tailor::train {

/// Thread-safe.
class ExampleWriter {
 public:
  ExampleWriter(AugmentOptions augment, double test_crop, const std::vector<double>& mean,
                const std::vector<double>& std)
      : augment_(std::move(augment)), test_crop_(test_crop), normaliser_(mean, std) {}

  /// Picture i of the store at resolution x resolution; varied where `rng` is given, which alone
  /// decides how. out: [resolution, resolution, 3], normalised. Throws IoError: damaged.
  void write(const ImageStore& store, int64_t i, int64_t resolution, Rng* rng, float* out) const;

 private:
  void write_plain(const ImageStore& store, int64_t i, int64_t side, uint8_t* pixels) const;
  void write_resized_crop(const ImageStore& store, int64_t i, int64_t side, Rng& rng,
                          uint8_t* pixels) const;
  void write_shifted(const ImageStore& store, int64_t i, int64_t side, Rng& rng,
                     uint8_t* pixels) const;
  void vary(Image& image, Rng& rng) const;
  void erase(int64_t side, Rng& rng, float* out) const;

  const AugmentOptions augment_;
  const double test_crop_;
  const Normaliser normaliser_;
};

}  // namespace tailor::train
