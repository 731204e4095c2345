// Random small search spaces of both families, as YAML.
#pragma once

#include <string>
#include <vector>

#include "core/rng.h"
#include "core/str.h"

namespace tailor::test {

/// A random non-empty part of `from`, as a YAML list.
inline std::string some_of(const std::vector<std::string>& from, Rng& rng) {
  std::vector<std::string> chosen;
  for (const std::string& item : from) {
    if (rng.coin(0.5)) chosen.push_back(item);
  }
  if (chosen.empty())
    chosen.push_back(from[static_cast<size_t>(rng.below(static_cast<int64_t>(from.size())))]);
  return str("[", join(chosen, ", "), "]");
}

/// Two or three stages with random choices; ratios close enough to round to the same channels.
inline std::string random_mobilenet(Rng& rng) {
  std::string yaml =
      "family: mobilenet\nclasses: 3\nresolutions: " + some_of({"8", "12", "16"}, rng) +
      "\nkernel_transform: " + (rng.coin(0.5) ? "true" : "false") + "\nstem: {width: 8}\nstages:\n";
  for (int64_t s = 0; s < 2 + rng.below(2); ++s) {
    const bool skips = rng.coin(0.3);
    yaml += str("  - {width: ", 8 * (1 + rng.below(3)), ", stride: ", 1 + rng.below(2),
                ", kernel: ", skips ? "[0, 3]" : some_of({"3", "5"}, rng),
                ", expand: ", some_of({"1", "1.05", "1.1", "2"}, rng),
                ", squeeze_excite: ", rng.coin(0.5) ? "true" : "false",
                ", depth: ", skips ? "[2]" : some_of({"1", "2"}, rng), "}\n");
  }
  return yaml;
}

inline std::string random_resnet(Rng& rng) {
  std::string yaml = "family: resnet\nclasses: 3\nresolutions: " + some_of({"8", "12"}, rng) +
                     "\nstem_width: 8\nstages:\n";
  for (int64_t s = 0; s < 1 + rng.below(3); ++s) {
    yaml += str("  - {width: ", some_of({"4", "8", "12"}, rng),
                ", depth: ", some_of({"1", "2", "3"}, rng), ", stride: ", 1 + rng.below(2), "}\n");
  }
  return yaml;
}

}  // namespace tailor::test
