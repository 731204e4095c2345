// Cheap estimators over the toy space: larger choices cost more and score higher, with a part that
// depends on pairs of slots, so that the best arch is not found slot by slot.
#pragma once

#include <cmath>
#include <string>

#include "search/function_estimator.h"
#include "tests/support/toy_space.h"

namespace tailor::test {

using search::FunctionEstimator;

/// Milliseconds: each block r^2 * e * (1 + ks / 8), scaled; from about 1 to 40 per stage.
inline FunctionEstimator toy_latency(const ToySpace& space) {
  return {"latency_ms", [&space](const Arch& arch) {
            const double r = space.value(arch, "r");
            double sum = 0;
            for (int slot = 0; slot < space.stages() * ToySpace::kBlocks; ++slot) {
              sum += space.value(arch, "e", slot) * (1 + space.value(arch, "ks", slot) / 8);
            }
            return 0.5 + sum * r * r * 1e-3;
          }};
}

/// Sum of e * ks^2 over blocks, times r^2.
inline FunctionEstimator toy_macs(const ToySpace& space) {
  return {"macs", [&space](const Arch& arch) {
            const double r = space.value(arch, "r");
            double sum = 0;
            for (int slot = 0; slot < space.stages() * ToySpace::kBlocks; ++slot) {
              const double ks = space.value(arch, "ks", slot);
              sum += space.value(arch, "e", slot) * ks * ks;
            }
            return sum * r * r;
          }};
}

/// Fraction: gains shrink with size, neighbouring blocks like different kernels, and each arch has
/// noise of its own (0.002) that is the same in every run.
inline FunctionEstimator toy_accuracy(const ToySpace& space) {
  return {"accuracy", [&space](const Arch& arch) {
            double sum = std::log(space.value(arch, "r") / 16);
            double before = 0;
            for (int slot = 0; slot < space.stages() * ToySpace::kBlocks; ++slot) {
              const double ks = space.value(arch, "ks", slot);
              if (ks == 0) continue;
              sum += 0.3 * std::sqrt(space.value(arch, "e", slot)) + 0.1 * std::sqrt(ks);
              if (before != ks) sum += 0.15;
              before = ks;
            }
            const double noise = static_cast<double>(arch.hash() % 1000) / 1000 - 0.5;
            return 0.95 - 0.4 * std::exp(-0.3 * sum) + 0.004 * noise;
          }};
}

/// A metric of which the smallest arch is the worst: blocks of kernel 3 are slow.
inline FunctionEstimator toy_odd_latency(const ToySpace& space) {
  return {"latency_ms", [&space](const Arch& arch) {
            double sum = 0;
            for (int slot = 0; slot < space.stages() * ToySpace::kBlocks; ++slot) {
              const double ks = space.value(arch, "ks", slot);
              sum += ks == 0 ? 0 : 10 - ks;
            }
            return sum;
          }};
}

}  // namespace tailor::test
