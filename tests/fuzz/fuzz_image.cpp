// Fuzzes the readers of JPEG, PNG and tar: any bytes give pixels, members or a tailor::Error.
#include "core/error.h"
#include "trainers/data/decode_image.h"
#include "trainers/data/tar_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  try {
    const tailor::train::ImageSize said = tailor::train::image_size(bytes, "fuzz");
    if (said.height * said.width <= 1 << 16) {
      const tailor::train::Image image = tailor::train::decode_image(bytes, "fuzz", 0.5);
      if (image.pixels.size() != static_cast<size_t>(3 * image.height * image.width)) {
        __builtin_trap();
      }
    }
  } catch (const tailor::Error&) {
  }
  try {
    const auto read = [&](int64_t offset, int64_t count) {
      if (offset < 0 || count < 0 || offset + count > static_cast<int64_t>(size)) __builtin_trap();
      return bytes.substr(static_cast<size_t>(offset), static_cast<size_t>(count));
    };
    tailor::train::index_tar(read, static_cast<int64_t>(size), "fuzz");
  } catch (const tailor::Error&) {
  }
  return 0;
}
