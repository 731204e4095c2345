// Small pictures and archives for the tests of data sets.
#pragma once

#include <turbojpeg.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

namespace tailor::test {

/// A JPEG of one colour.
inline std::string jpeg(int width, int height, std::array<uint8_t, 3> colour) {
  std::vector<uint8_t> pixels;
  for (int i = 0; i < width * height; ++i) {
    pixels.insert(pixels.end(), colour.begin(), colour.end());
  }
  tjhandle encoder = tjInitCompress();
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  tjCompress2(encoder, pixels.data(), width, 0, height, TJPF_RGB, &bytes, &size, TJSAMP_444, 95, 0);
  const std::string out(reinterpret_cast<char*>(bytes), size);
  tjFree(bytes);
  tjDestroy(encoder);
  return out;
}

/// One member of a ustar archive, padded to blocks of 512 bytes.
inline std::string tar_member(const std::string& name, const std::string& content) {
  std::string head(512, '\0');
  head.replace(0, name.size(), name);
  char number[13];
  std::snprintf(number, sizeof number, "%011o", static_cast<unsigned>(content.size()));
  head.replace(124, 11, number);
  head.replace(148, 8, "        ");
  head[156] = '0';
  head.replace(257, 8,
               std::string("ustar\0"
                           "00",
                           8));
  unsigned sum = 0;
  for (char byte : head) sum += static_cast<unsigned char>(byte);
  std::snprintf(number, sizeof number, "%06o", sum);
  head.replace(148, 6, number);
  head[154] = '\0';
  return head + content + std::string((512 - content.size() % 512) % 512, '\0');
}

}  // namespace tailor::test
