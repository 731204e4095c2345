// xoshiro256** with splitmix64 seeding. Source: Blackman & Vigna, "Scrambled linear pseudorandom
// number generators" (2018), public domain code at prng.di.unimi.it.
#include "core/rng.h"

#include <bit>
#include <cmath>
#include <numbers>
#include <numeric>

#include "core/error.h"

namespace tailor {

namespace {

uint64_t splitmix64(uint64_t& state) {
  state += 0x9e3779b97f4a7c15ULL;
  uint64_t z = state;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

/// Mixes a word into a hash; every bit of both matters.
uint64_t mix(uint64_t hash, uint64_t word) {
  uint64_t state = hash ^ word;
  return splitmix64(state);
}

}  // namespace

Rng::Rng(uint64_t seed) : seed_(seed) {
  uint64_t state = seed;
  for (uint64_t& word : state_) word = splitmix64(state);
}

Rng Rng::fork(std::string_view name, std::initializer_list<int64_t> numbers) const {
  uint64_t hash = mix(seed_, fnv1a(name));
  for (const int64_t value : numbers) hash = mix(hash + 1, static_cast<uint64_t>(value));
  return Rng(hash);
}

uint64_t Rng::next() {
  const uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
  const uint64_t shifted = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= shifted;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

int64_t Rng::below(int64_t n) {
  TAILOR_CHECK(n >= 1, "below(", n, ")");
  const uint64_t range = static_cast<uint64_t>(n);
  const uint64_t skip = (0 - range) % range;  // 2^64 mod n: drawing these again removes the bias
  uint64_t drawn = next();
  while (drawn < skip) drawn = next();
  return static_cast<int64_t>(drawn % range);
}

double Rng::uniform() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

double Rng::normal() {
  const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));  // 1 - u is never 0
  return radius * std::cos(2.0 * std::numbers::pi * uniform());
}

std::vector<int64_t> Rng::permutation(int64_t n) {
  TAILOR_CHECK(n >= 0, "permutation(", n, ")");
  std::vector<int64_t> items(static_cast<size_t>(n));
  std::iota(items.begin(), items.end(), int64_t{0});
  shuffle(items);
  return items;
}

}  // namespace tailor
