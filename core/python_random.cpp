// MT19937, its seeding by an array, and what Python's functions make of its words.
#include "core/python_random.h"

#include <bit>
#include <limits>

#include "core/error.h"

namespace tailor {
namespace {

constexpr size_t kMiddle = 397;
constexpr uint32_t kTwist = 0x9908b0dfU;

/// The digits of `a` followed by those of `b` in three places.
uint64_t digits(int64_t a, int64_t b) {
  TAILOR_CHECK(a >= 0 && a < (int64_t{1} << 50) && b >= 0 && b < 1000,
               "a published seed is made of a count and up to three digits, got ", a, " and ", b);
  return static_cast<uint64_t>(a) * 1000 + static_cast<uint64_t>(b);
}

}  // namespace

PythonRandom::PythonRandom(uint64_t seed) {
  std::vector<uint32_t> key = {static_cast<uint32_t>(seed)};
  if (seed >> 32) key.push_back(static_cast<uint32_t>(seed >> 32));
  seed_words(key);
}

void PythonRandom::seed_word(uint32_t seed) {
  state_[0] = seed;
  for (uint32_t i = 1; i < kWords; ++i) {
    state_[i] = 1812433253U * (state_[i - 1] ^ (state_[i - 1] >> 30)) + i;
  }
}

void PythonRandom::seed_words(const std::vector<uint32_t>& key) {
  seed_word(19650218U);
  size_t i = 1, j = 0;
  auto advance = [&] {
    if (++i < kWords) return;
    state_[0] = state_[kWords - 1];
    i = 1;
  };
  auto mixed = [&](uint32_t factor) {
    return state_[i] ^ ((state_[i - 1] ^ (state_[i - 1] >> 30)) * factor);
  };
  for (size_t n = 0; n < kWords; ++n) {  // the key is never longer than the state
    state_[i] = mixed(1664525U) + key[j] + static_cast<uint32_t>(j);
    advance();
    if (++j == key.size()) j = 0;
  }
  for (size_t n = 1; n < kWords; ++n) {
    state_[i] = mixed(1566083941U) - static_cast<uint32_t>(i);
    advance();
  }
  state_[0] = 0x80000000U;
  used_ = kWords;
}

void PythonRandom::refill() {
  for (size_t i = 0; i < kWords; ++i) {
    const uint32_t joined = (state_[i] & 0x80000000U) | (state_[(i + 1) % kWords] & 0x7fffffffU);
    state_[i] = state_[(i + kMiddle) % kWords] ^ (joined >> 1) ^ ((joined & 1U) ? kTwist : 0U);
  }
  used_ = 0;
}

uint32_t PythonRandom::next() {
  if (used_ == kWords) refill();
  uint32_t y = state_[used_++];
  y ^= y >> 11;
  y ^= (y << 7) & 0x9d2c5680U;
  y ^= (y << 15) & 0xefc60000U;
  return y ^ (y >> 18);
}

uint64_t PythonRandom::getrandbits(int bits) {
  TAILOR_CHECK(bits >= 1 && bits <= 64, "getrandbits gives 1 to 64 bits, got ", bits);
  if (bits <= 32) return next() >> (32 - bits);
  const uint64_t low = next();
  return low | (uint64_t{next() >> (64 - bits)} << 32);
}

double PythonRandom::random() {
  const double high = next() >> 5, low = next() >> 6;
  return (high * 67108864.0 + low) / 9007199254740992.0;
}

size_t PythonRandom::below(size_t n) {
  TAILOR_CHECK(n > 0, "cannot choose from an empty list");
  uint64_t drawn = 0;
  do {
    drawn = getrandbits(static_cast<int>(std::bit_width(n)));
  } while (drawn >= n);
  return drawn;
}

size_t PythonRandom::scaled(size_t n) {
  TAILOR_CHECK(n > 0, "cannot choose from an empty list");
  return static_cast<size_t>(random() * static_cast<double>(n));
}

uint64_t ofa_subnet_seed(int64_t step, int64_t subnet) { return digits(step, subnet) * 1000; }

uint64_t ofa_resolution_seed(int64_t batch, int64_t epoch) { return digits(batch, epoch); }

}  // namespace tailor
