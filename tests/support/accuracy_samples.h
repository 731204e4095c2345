// Made-up accuracies over a space with about twenty axes, as noisy as those of a quick training:
// for tests of accuracy predictors.
#pragma once

#include <cmath>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "predictors/accuracy_table.h"
#include "tests/support/spaces.h"

namespace tailor::test {

inline const char* const kMiddleMobileNet = R"(family: mobilenet
name: middle
classes: 10
channels: 1
resolutions: [20, 24, 28]
stem: {width: 16}
stages:
  - {width: 16, stride: 1, kernel: [3, 5], expand: [2, 3, 4], depth: [1, 2]}
  - {width: 24, stride: 2, kernel: [3, 5], expand: [2, 3, 4], depth: [1, 2, 3]}
  - {width: 40, stride: 2, kernel: [3, 5], expand: [2, 3, 4], depth: [1, 2, 3]}
)";

/// Without noise: saturates with size, later stages and the resolution count more. About 3 points
/// between the 5th and the 95th percentile.
inline double made_up_accuracy(const SearchSpace& space, const Arch& arch) {
  const std::vector<double> kernels = space.values(arch, "ks"), expands = space.values(arch, "e");
  double size = 0;
  for (size_t slot = 0; slot < kernels.size(); ++slot) {
    if (kernels[slot] == 0) continue;
    const double weight = 0.6 + 0.15 * static_cast<double>(slot % 5);
    size += weight * (0.1 * (kernels[slot] - 3) + 0.35 * std::log2(expands[slot] / 2) + 0.3);
  }
  const double r = space.value(arch, "r");
  const double reach = size * (0.7 + 0.3 * r / 28) + 2 * std::log(r / 20);
  return 0.92 - 0.14 * std::exp(-0.5 * reach);
}

/// `count` different archs with noise of `noise` (a standard deviation, as a fraction).
inline predict::AccuracyTable made_up_table(const SearchSpace& space, size_t count, double noise,
                                            uint64_t seed) {
  Rng rng(seed);
  predict::AccuracyTable out;
  while (out.size() < count) {
    const Arch arch = out.size() % 2 ? space.sample(rng) : space.sample_choices(rng);
    if (std::find(out.archs.begin(), out.archs.end(), arch) != out.archs.end()) continue;
    out.archs.push_back(arch);
    out.accuracy.push_back(made_up_accuracy(space, arch) + noise * rng.normal());
  }
  return out;
}

}  // namespace tailor::test
