// Floating-point numbers of 16 bits as float32.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

namespace tailor {

/// IEEE 754 binary16.
inline float half_to_float(uint16_t bits) {
  const int exponent = bits >> 10 & 31, mantissa = bits & 1023;
  float value = 0;
  if (exponent == 31) {
    value = mantissa ? NAN : INFINITY;
  } else {
    value = std::ldexp(static_cast<float>(exponent ? mantissa + 1024 : mantissa),
                       (exponent ? exponent : 1) - 25);
  }
  return bits & 0x8000 ? -value : value;
}

/// The upper half of a float32.
inline float bfloat_to_float(uint16_t bits) {
  return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16);
}

}  // namespace tailor
