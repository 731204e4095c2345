// Random streams as values: a stream is passed in, never global, and named children of a stream do
// not depend on how much of it (or of their siblings) has been drawn.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <vector>

namespace tailor {

/// xoshiro256** seeded by splitmix64 (Blackman & Vigna 2018, public domain algorithm).
/// The same seed gives the same numbers on every machine: no std:: distribution is used.
class Rng {
 public:
  explicit Rng(uint64_t seed);

  /// A child stream named by a text and numbers, e.g. fork("mutation", {generation, index}).
  /// Depends on this stream's seed and the name only.
  Rng fork(std::string_view name, std::initializer_list<int64_t> numbers = {}) const;

  uint64_t next();
  /// Uniform in [0, n), unbiased; n >= 1.
  int64_t below(int64_t n);
  /// Uniform in [0, 1) with 53 bits.
  double uniform();
  /// Standard normal (Box-Muller, no cached second value).
  double normal();
  bool coin(double probability) { return uniform() < probability; }

  template <class T>
  void shuffle(std::vector<T>& items) {
    for (size_t i = items.size(); i > 1; --i) {
      std::swap(items[i - 1], items[static_cast<size_t>(below(static_cast<int64_t>(i)))]);
    }
  }
  /// A random permutation of 0..n-1.
  std::vector<int64_t> permutation(int64_t n);

  /// The seed this stream was made from (fork depends on it alone).
  uint64_t seed() const { return seed_; }

 private:
  uint64_t seed_;
  uint64_t state_[4];
};

}  // namespace tailor
