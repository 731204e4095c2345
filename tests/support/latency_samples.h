// Made-up devices for latency predictors, and where public archives lie.
#pragma once

#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "core/rng.h"
#include "supernet/space/search_space.h"
#include "tests/support/spaces.h"

namespace tailor::test {

/// 1/10 of a device's latency, then so much for each million multiply-accumulates, each million
/// values written, and each node.
struct MadeUpDevice {
  double mac_ms = 1, value_ms = 1, node_ms = 0.01;

  double operator()(const SearchSpace& space, const Arch& arch) const {
    double ms = 0.1;
    for (const BlockUse& use : space.lower(arch).blocks) {
      ms += mac_ms * static_cast<double>(use.block->macs) / 1e6;
      for (const Node& node : use.block->nodes) {
        ms += node_ms + value_ms * static_cast<double>(numel(node.shape)) / 1e6;
      }
    }
    return ms;
  }
};

/// n random archs, each once where the space has many.
inline std::vector<Arch> random_archs(const SearchSpace& space, int n, uint64_t seed) {
  Rng rng(seed);
  std::vector<Arch> out;
  for (int i = 0; i < n; ++i) out.push_back(space.sample(rng));
  return out;
}

/// Folder of the public archives beside the project; "" where it is not.
inline std::string public_archives() {
  const std::string folder = std::string(TAILOR_SOURCE_DIR) + "/../shared/data/latency";
  return std::filesystem::exists(folder) ? folder : "";
}

}  // namespace tailor::test
