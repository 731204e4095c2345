// Numbers as bytes, the lowest first: what zip, pickle and torch files are made of.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tailor {

/// An unsigned number from up to 8 bytes.
inline uint64_t read_little_endian(std::string_view bytes) {
  uint64_t value = 0;
  for (size_t i = bytes.size(); i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

/// The lowest `bytes` bytes (up to 8) of a number.
inline std::string little_endian(uint64_t value, size_t bytes) {
  std::string out;
  for (size_t i = 0; i < bytes; ++i) out += static_cast<char>(value >> 8 * i & 0xff);
  return out;
}

}  // namespace tailor
