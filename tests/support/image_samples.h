// Pictures for tests: smooth and noisy ones, their JPEG and PNG files, and tar archives of them.
#pragma once

#include <png.h>
#include <turbojpeg.h>

#include <cstdio>
#include <cstring>
#include <string>

#include "core/rng.h"
#include "trainers/data/image.h"

namespace tailor::test {

inline train::Image noise_image(int64_t height, int64_t width, uint64_t seed) {
  Rng rng(seed);
  train::Image out{height, width, {}};
  for (int64_t i = 0; i < 3 * height * width; ++i) {
    out.pixels.push_back(static_cast<uint8_t>(rng.below(256)));
  }
  return out;
}

/// Neighbours differ by little, so that JPEG and reductions keep it.
inline train::Image smooth_image(int64_t height, int64_t width, int64_t shade = 0) {
  train::Image out{height, width, {}};
  for (int64_t y = 0; y < height; ++y) {
    for (int64_t x = 0; x < width; ++x) {
      out.pixels.push_back(static_cast<uint8_t>(200 * y / height));
      out.pixels.push_back(static_cast<uint8_t>(200 * x / width));
      out.pixels.push_back(static_cast<uint8_t>(shade));
    }
  }
  return out;
}

inline std::string jpeg_file(const train::Image& image) {
  tjhandle handle = tjInitCompress();
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  tjCompress2(handle, image.pixels.data(), static_cast<int>(image.width), 0,
              static_cast<int>(image.height), TJPF_RGB, &bytes, &size, TJSAMP_444, 95, 0);
  std::string out(reinterpret_cast<char*>(bytes), size);
  tjFree(bytes);
  tjDestroy(handle);
  return out;
}

/// `format`: PNG_FORMAT_RGB, _RGBA, _GRAY, or PNG_FORMAT_LINEAR_RGB (16 bits); `pixels` in it.
inline std::string png_file(int64_t height, int64_t width, png_uint_32 format, const void* pixels) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.height = static_cast<png_uint_32>(height);
  image.width = static_cast<png_uint_32>(width);
  image.format = format;
  png_alloc_size_t size = 0;
  png_image_write_get_memory_size(image, size, 0, pixels, 0, nullptr);
  std::string out(size, '\0');
  png_image_write_to_memory(&image, out.data(), &size, 0, pixels, 0, nullptr);
  out.resize(size);
  return out;
}

/// One member, ustar; `type` '0' is a file.
inline std::string tar_member(const std::string& name, const std::string& bytes, char type = '0') {
  std::string header(512, '\0');
  auto put = [&](size_t at, const std::string& text) { header.replace(at, text.size(), text); };
  put(0, name.substr(0, 100));
  char size[12];
  std::snprintf(size, sizeof size, "%011zo", bytes.size());
  put(124, size);
  header[156] = type;
  put(257, std::string("ustar\00000", 8));
  put(148, "        ");
  unsigned sum = 0;
  for (char c : header) sum += static_cast<uint8_t>(c);
  char text[8];
  std::snprintf(text, sizeof text, "%06o", sum);
  put(148, std::string(text, 7) + " ");
  return header + bytes + std::string((512 - bytes.size() % 512) % 512, '\0');
}

inline std::string tar_end() { return std::string(1024, '\0'); }

}  // namespace tailor::test
