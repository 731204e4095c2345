// Which decoder reads a file: told by its first bytes, not by its name.
#include "trainers/data/decode_image.h"

#include "core/error.h"

namespace tailor::train {
namespace {

constexpr int64_t kMostPixels = int64_t{1} << 27;

[[noreturn]] void fail_format(const std::string& name) {
  throw IoError(name + ": neither JPEG nor PNG");
}

}  // namespace

void check_pixels(int64_t height, int64_t width, const std::string& name) {
  if (height < 1 || width < 1 || height > kMostPixels / width) {
    throw IoError(str(name, ": an image of ", height, " x ", width, " pixels is not read (at most ",
                      kMostPixels, ")"));
  }
}

ImageSize image_size(std::string_view bytes, const std::string& name) {
  if (is_jpeg(bytes)) return jpeg_size(bytes, name);
  if (is_png(bytes)) return png_size(bytes, name);
  fail_format(name);
}

Image decode_image(std::string_view bytes, const std::string& name, double least_scale) {
  if (is_jpeg(bytes)) return decode_jpeg(bytes, name, least_scale);
  if (is_png(bytes)) return decode_png(bytes, name);
  fail_format(name);
}

}  // namespace tailor::train
