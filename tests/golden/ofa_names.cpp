// Rewriting names part by part.
#include "tests/golden/ofa_names.h"

#include <map>

#include "core/error.h"

namespace tailor::test {
namespace {

/// "conv.weight" -> "conv.weight" in fixed blocks, "conv.conv.weight" in elastic ones, whose layers
/// wrap a static one; matrices belong to the wrapper.
std::string leaf(const std::string& rest, bool elastic) {
  const size_t dot = rest.find('.');
  const std::string part = rest.substr(0, dot), name = rest.substr(dot + 1);
  const bool wrapped = elastic && name.find("_matrix") == std::string::npos;
  return part + "." + (wrapped ? part + "." : "") + name;
}

/// The part of a bottleneck: expand, depthwise, se.reduce, se.expand, project.
std::string bottleneck(const std::string& rest, bool elastic) {
  static const std::map<std::string, std::string> parts = {{"expand.", "inverted_bottleneck."},
                                                           {"depthwise.", "depth_conv."},
                                                           {"project.", "point_linear."}};
  for (const std::string squeeze : {"se.reduce.conv.", "se.expand.conv."}) {
    if (rest.rfind(squeeze, 0) != 0) continue;
    return "depth_conv.se.fc." + squeeze.substr(3, 6) + "." + rest.substr(squeeze.size());
  }
  for (const auto& [ours, theirs] : parts) {
    if (rest.rfind(ours, 0) == 0) return theirs + leaf(rest.substr(ours.size()), elastic);
  }
  throw Error("no OFA name for bottleneck part '" + rest + "'");
}

}  // namespace

std::string ofa_name(const std::string& ours, int depth) {
  static const std::map<std::string, std::string> fixed = {{"stem", "first_conv"},
                                                           {"final_expand", "final_expand_layer"},
                                                           {"feature_mix", "feature_mix_layer"},
                                                           {"classifier", "classifier"}};
  const size_t dot = ours.find('.');
  const std::string block = ours.substr(0, dot), rest = ours.substr(dot + 1);
  if (auto it = fixed.find(block); it != fixed.end()) return it->second + "." + rest;
  if (block == "first") return "blocks.0.conv." + bottleneck(rest, false);
  int stage = 0, number = 0, length = 0;
  if (std::sscanf(ours.c_str(), "stage%d.block%d.%n", &stage, &number, &length) != 2) {
    throw Error("no OFA name for '" + ours + "'");
  }
  return str("blocks.", (stage - 1) * depth + number, ".conv.",
             bottleneck(ours.substr(static_cast<size_t>(length)), true));
}

}  // namespace tailor::test
