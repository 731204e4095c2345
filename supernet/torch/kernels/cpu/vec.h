// Blocks of floats as one value; the compiler splits them into what the instruction set has.
#pragma once

#include <cstdint>
#include <cstring>

// One clone per instruction-set level, chosen by the loader. Sanitizers and non-x86 go without.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__)
#define TAILOR_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define TAILOR_CLONES
#endif
#define TAILOR_INLINE inline __attribute__((always_inline))
#define TAILOR_INLINE_LAMBDA __attribute__((always_inline))

namespace tailor::cpu {

using Vec16 = float __attribute__((vector_size(64), aligned(4)));
using Vec8 = float __attribute__((vector_size(32), aligned(4)));

/// Number of floats in T: Vec16, Vec8 or float itself.
template <class T>
constexpr int64_t lanes = static_cast<int64_t>(sizeof(T) / sizeof(float));

template <class T>
TAILOR_INLINE void load(T& v, const float* p) {
  std::memcpy(&v, p, sizeof v);
}
/// From the bits of bfloat16, the upper half of a float's.
TAILOR_INLINE void load(Vec16& v, const uint16_t* p) {
  using Halves = uint16_t __attribute__((vector_size(32)));
  using Words = uint32_t __attribute__((vector_size(64)));
  Halves halves;
  std::memcpy(&halves, p, sizeof halves);
  const Words words = __builtin_convertvector(halves, Words) << 16;
  std::memcpy(&v, &words, sizeof v);
}
TAILOR_INLINE void load(float& v, const uint16_t* p) {
  const uint32_t word = static_cast<uint32_t>(*p) << 16;
  std::memcpy(&v, &word, sizeof v);
}
template <class T>
TAILOR_INLINE void store(float* p, const T& v) {
  std::memcpy(p, &v, sizeof v);
}

/// Calls body(T{}, c) for channels c = begin, ...: blocks of 16, then of 8, then single ones.
template <class Body>
TAILOR_INLINE void for_channel_blocks(int64_t begin, int64_t end, const Body& body) {
  int64_t c = begin;
  for (; c + 16 <= end; c += 16) body(Vec16{}, c);
  for (; c + 8 <= end; c += 8) body(Vec8{}, c);
  for (; c < end; ++c) body(float{}, c);
}

}  // namespace tailor::cpu
