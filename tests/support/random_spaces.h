// Random small search spaces of every family, as YAML.
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

/// Ratios far enough apart to round to other channels at every width.
inline std::string random_resnet50d(Rng& rng) {
  std::string yaml =
      "family: resnet50d\nclasses: 3\nresolutions: " + some_of({"9", "16", "17"}, rng) +
      "\nstem_width: 16\nwidth_mults: " + some_of({"0.5", "0.75", "1"}, rng) +
      "\nexpand: " + some_of({"0.5", "1"}, rng) +
      "\nextra_depth: " + some_of({"0", "1", "2"}, rng) + "\nstages:\n";
  for (int64_t s = 0; s < 1 + rng.below(2); ++s) {
    yaml += str("  - {width: ", 32 * (1 + rng.below(2)), ", depth: 1, stride: ", 1 + rng.below(2),
                "}\n");
  }
  return yaml;
}

inline std::string random_xception(Rng& rng) {
  std::string yaml =
      "family: xception\nclasses: 3\nresolutions: " + some_of({"8", "9", "12"}, rng) +
      "\nkernel_transform: " + (rng.coin(0.5) ? "true" : "false") +
      "\nstem: [8]\nhead: [16]\nstages:\n";
  for (int64_t s = 0; s < 1 + rng.below(3); ++s) {
    yaml += str("  - {width: ", 8 * (1 + rng.below(3)), ", stride: ", 1 + rng.below(2),
                ", convs: ", 2 + rng.below(2), ", kernel: ", some_of({"3", "5"}, rng),
                ", expand: ", some_of({"0.5", "0.9", "1"}, rng),
                ", depth: ", some_of({"1", "2"}, rng), "}\n");
  }
  return yaml;
}

/// A space of one family after the other.
inline std::string random_space(int i, Rng& rng) {
  const auto makers = {random_mobilenet, random_resnet, random_resnet50d, random_xception};
  return makers.begin()[static_cast<size_t>(i) % makers.size()](rng);
}

}  // namespace tailor::test
