// The random numbers of Python's `random` module, for draws that must be those of published code.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tailor {

/// CPython's generator: MT19937 seeded by init_by_array with the seed's 32-bit words.
/// Source: cpython, Modules/_randommodule.c and Lib/random.py; Matsumoto & Nishimura 1998.
class PythonRandom {
 public:
  /// random.seed(seed) for an int of 0 or more.
  explicit PythonRandom(uint64_t seed);

  /// The next 32 bits of the generator.
  uint32_t next();
  /// random.getrandbits(bits), bits in [1, 64]. Throws Error for another number.
  uint64_t getrandbits(int bits);
  /// random.random(): [0, 1) with 53 bits.
  double random();
  /// random.randrange(n), as random.choice draws its index; n >= 1. Throws Error for 0.
  size_t below(size_t n);

  /// random.choice(items). Throws Error for an empty list.
  template <class T>
  const T& choice(const std::vector<T>& items) {
    return items[below(items.size())];
  }
  /// random.choices(items)[0]: by a floating point draw, so not what `choice` gives.
  /// Throws Error for an empty list.
  template <class T>
  const T& choices(const std::vector<T>& items) {
    return items[scaled(items.size())];
  }

 private:
  static constexpr size_t kWords = 624;
  size_t scaled(size_t n);
  void seed_word(uint32_t seed);
  void seed_words(const std::vector<uint32_t>& key);
  void refill();

  std::array<uint32_t, kWords> state_{};
  size_t used_ = kWords;
};

/// The seed that once-for-all sets before it draws subnet `subnet` of training step `step`: the
/// digits of the step, three digits of the subnet and "000". Throws Error below 0 or above 999
/// subnets.
/// Source: once-for-all, ofa/imagenet_classification/elastic_nn/training/progressive_shrinking.py.
uint64_t ofa_subnet_seed(int64_t step, int64_t subnet);
/// The seed of the image size of batch `batch`: its digits and three digits of the epoch.
/// Source: once-for-all, ofa/utils/my_dataloader/my_random_resize_crop.py.
uint64_t ofa_resolution_seed(int64_t batch, int64_t epoch);

}  // namespace tailor
