// The order of the steps: crop and resize, mirror, colours, normalise, erase.
#include "trainers/data/example_writer.h"

#include <algorithm>

#include "trainers/data/rand_augment.h"

namespace tailor::train {

void ExampleWriter::write(const ImageStore& store, int64_t i, int64_t resolution, Rng* rng,
                          float* out) const {
  thread_local Image image;  // kept, so that small images cost no allocation
  image.height = image.width = resolution;
  image.pixels.resize(static_cast<size_t>(3 * resolution * resolution));
  uint8_t* pixels = image.pixels.data();
  if (!rng || augment_.crop == "none") {
    write_plain(store, i, resolution, pixels);
  } else if (augment_.crop == "padded") {
    write_shifted(store, i, resolution, *rng, pixels);
  } else {
    write_resized_crop(store, i, resolution, *rng, pixels);
  }
  if (rng) vary(image, *rng);
  normaliser_.run(image.pixels.data(), resolution * resolution, out);
  if (rng && augment_.erase > 0 && rng->coin(augment_.erase)) erase(resolution, *rng, out);
}

void ExampleWriter::vary(Image& image, Rng& rng) const {
  const AugmentOptions& a = augment_;
  if (a.flip && rng.coin(0.5)) flip_image(image.pixels.data(), image.height, image.width);
  if (a.jitter.any()) {
    jitter_colours(image.pixels.data(), image.height * image.width, a.jitter, rng);
  }
  if (a.rand_operations > 0) rand_augment(image, a.rand_operations, a.rand_magnitude, rng);
}

void ExampleWriter::erase(int64_t side, Rng& rng, float* out) const {
  Box box;
  if (!random_erased_box({side, side}, rng, box)) return;
  for (int64_t y = box.y; y < box.y + box.height; ++y) {
    float* row = out + 3 * (y * side + box.x);
    std::fill(row, row + 3 * box.width, 0.0f);
  }
}

void ExampleWriter::write_plain(const ImageStore& store, int64_t i, int64_t side,
                                uint8_t* pixels) const {
  const auto target = static_cast<double>(side);
  const Picture picture = store.get(i, [&](ImageSize size) {
    const Region region = test_region(size, side, test_crop_);
    return std::max(target / region.height, target / region.width);
  });
  const ImageView& view = picture.view;
  resize_bilinear(view, test_region({view.height, view.width}, side, test_crop_), side, side,
                  pixels);
}

void ExampleWriter::write_resized_crop(const ImageStore& store, int64_t i, int64_t side, Rng& rng,
                                       uint8_t* pixels) const {
  Box box;
  auto choose = [&](ImageSize size) {
    box = random_resized_box(size, augment_.scale, augment_.ratio, rng);
    return static_cast<double>(side) / static_cast<double>(std::min(box.height, box.width));
  };
  const Picture picture = store.get(i, choose);
  if (box.height == 0) choose(picture.original);
  const ImageView& view = picture.view;
  auto scaled = [](int64_t at, int64_t from, int64_t to) { return (at * to + from / 2) / from; };
  const int64_t top = scaled(box.y, picture.original.height, view.height);
  const int64_t left = scaled(box.x, picture.original.width, view.width);
  const int64_t bottom = scaled(box.y + box.height, picture.original.height, view.height);
  const int64_t right = scaled(box.x + box.width, picture.original.width, view.width);
  const ImageView part =
      part_of(view, {std::min(top, view.height - 1), std::min(left, view.width - 1),
                     std::max<int64_t>(1, bottom - top), std::max<int64_t>(1, right - left)});
  resize_bilinear(part, {0, 0, static_cast<double>(part.height), static_cast<double>(part.width)},
                  side, side, pixels);
}

void ExampleWriter::write_shifted(const ImageStore& store, int64_t i, int64_t side, Rng& rng,
                                  uint8_t* pixels) const {
  const int64_t pad = augment_.pad;
  const int64_t dy = rng.below(2 * pad + 1) - pad, dx = rng.below(2 * pad + 1) - pad;
  const Picture picture = store.get(i, [](ImageSize) { return 1.0; });
  const ImageView& view = picture.view;
  if (view.height == side && view.width == side) return shift_image(view, dy, dx, pixels);
  Image moved{view.height, view.width, {}};
  moved.pixels.resize(static_cast<size_t>(3 * view.height * view.width));
  shift_image(view, dy, dx, moved.pixels.data());
  resize_bilinear(view_of(moved), test_region({view.height, view.width}, side, test_crop_), side,
                  side, pixels);
}

}  // namespace tailor::train
