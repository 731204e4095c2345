// exp on a block of floats, for logarithms of decays.
#pragma once

#include <cstdint>

#include "supernet/torch/kernels/cpu/vec.h"

namespace tailor::cpu {

using Int16 = int32_t __attribute__((vector_size(64), aligned(4)));

/// e^x for x <= 0, relative error below 3e-7; larger x counts as 0; below -87 the result is 0.
TAILOR_INLINE Vec16 exp_nonpositive(Vec16 x) {
  constexpr float kLog2e = 1.44269504f, kLn2High = 0.693359375f, kLn2Low = -2.12194440e-4f;
  constexpr float kRounder = 12582912.0f;  // 1.5 * 2^23: adding it leaves the nearest integer
  const Vec16 zero = {};
  x = x > 0.0f ? zero : x;
  const Vec16 clamped = x < -87.0f ? zero - 87.0f : x;
  const Vec16 shifted = clamped * kLog2e + kRounder;
  const Vec16 n = shifted - kRounder;
  const Vec16 r = clamped - n * kLn2High - n * kLn2Low;
  // Taylor series; |r| <= ln(2) / 2, so the first term left out is below 6e-9.
  Vec16 sum = r * (1.0f / 5040) + 1.0f / 720;
  sum = sum * r + 1.0f / 120;
  sum = sum * r + 1.0f / 24;
  sum = sum * r + 1.0f / 6;
  sum = sum * r + 0.5f;
  sum = sum * r + 1.0f;
  sum = sum * r + 1.0f;
  Int16 bits;
  std::memcpy(&bits, &shifted, sizeof bits);
  const Int16 exponent = (bits - 0x4B400000 + 127) << 23;  // 0x4B400000: the bits of kRounder
  Vec16 scale;
  std::memcpy(&scale, &exponent, sizeof scale);
  return x < -87.0f ? zero : sum * scale;
}

}  // namespace tailor::cpu
