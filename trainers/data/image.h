// Decoded pictures: 8-bit RGB, rows of interleaved pixels.
#pragma once

#include <cstdint>
#include <vector>

namespace tailor::train {

struct ImageSize {
  int64_t height = 0, width = 0;
};

/// pixels: [height, width, 3].
struct Image {
  int64_t height = 0, width = 0;
  std::vector<uint8_t> pixels;
};

/// A rectangle of someone else's pixels; rows are `stride` bytes apart.
struct ImageView {
  const uint8_t* pixels = nullptr;
  int64_t height = 0, width = 0, stride = 0;
};

inline ImageView view_of(const Image& image) {
  return {image.pixels.data(), image.height, image.width, 3 * image.width};
}

/// Whole pixels [y, y + height) x [x, x + width).
struct Box {
  int64_t y = 0, x = 0, height = 0, width = 0;
};

inline ImageView part_of(const ImageView& view, const Box& box) {
  return {view.pixels + box.y * view.stride + 3 * box.x, box.height, box.width, view.stride};
}

}  // namespace tailor::train
