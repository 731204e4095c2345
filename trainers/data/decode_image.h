// JPEG (TurboJPEG) and PNG (libpng) files to RGB pixels.
#pragma once

#include <string>
#include <string_view>

#include "trainers/data/image.h"

namespace tailor::train {

/// Height and width from a file's first bytes, without decoding.
/// Throws IoError starting with `name`: neither JPEG nor PNG, damaged, more than 2^27 pixels.
ImageSize image_size(std::string_view bytes, const std::string& name);

/// The picture in RGB: grey and palettes are expanded, transparency is dropped, 16 bits become the
/// upper 8, CMYK is converted; EXIF orientation is not applied (as torchvision's ImageFolder).
/// JPEG may come out reduced to 1/2, 1/4 or 1/8 (in the DCT; these have fast code in
/// libjpeg-turbo): the smallest of 1, 1/2, 1/4, 1/8 not below `least_scale`.
/// Throws IoError starting with `name`: as image_size, and a file that ends early.
Image decode_image(std::string_view bytes, const std::string& name, double least_scale = 1);

// One format each; the callers are the functions above.
bool is_jpeg(std::string_view bytes);
ImageSize jpeg_size(std::string_view bytes, const std::string& name);
Image decode_jpeg(std::string_view bytes, const std::string& name, double least_scale);
bool is_png(std::string_view bytes);
ImageSize png_size(std::string_view bytes, const std::string& name);
Image decode_png(std::string_view bytes, const std::string& name);
/// Throws IoError unless 1 <= height * width <= 2^27.
void check_pixels(int64_t height, int64_t width, const std::string& name);

}  // namespace tailor::train
