// Rewriting names part by part: elastic layers wrap a static one, which doubles a part's name.
#include "supernet/families/published_keys.h"

#include <cstdio>
#include <map>
#include <numeric>

#include "core/error.h"

namespace tailor {
namespace {

[[noreturn]] void no_name(const std::string& ours, const std::vector<int64_t>& slots) {
  throw Error(str("'", ours, "' is no parameter of a network with stages of ", join(slots, ", "),
                  " blocks: it has no published name"));
}

/// "conv.weight" -> "conv.conv.weight"; kernel matrices belong to the wrapper: unchanged.
std::string doubled(const std::string& leaf) {
  const size_t dot = leaf.find('.');
  if (dot == std::string::npos || leaf.ends_with("_matrix")) return leaf;
  return leaf.substr(0, dot) + "." + leaf;
}

bool take_prefix(std::string& text, const std::string& prefix) {
  if (!text.starts_with(prefix)) return false;
  text.erase(0, prefix.size());
  return true;
}

/// A parameter of a block: "stage2.block1.conv1.bn.weight".
struct BlockParameter {
  int64_t block = 0;  ///< counted over the whole network
  std::string rest;   ///< "conv1.bn.weight"
};

BlockParameter block_parameter(const std::string& ours, const std::vector<int64_t>& slots) {
  int stage = 0, number = 0, length = 0;
  if (std::sscanf(ours.c_str(), "stage%d.block%d.%n", &stage, &number, &length) != 2 ||
      length == 0 || stage < 1 || static_cast<size_t>(stage) > slots.size() || number < 1 ||
      number > slots[static_cast<size_t>(stage) - 1]) {
    no_name(ours, slots);
  }
  const int64_t before = std::accumulate(slots.begin(), slots.begin() + stage - 1, int64_t{0});
  return {before + number - 1, ours.substr(static_cast<size_t>(length))};
}

/// The part of an inverted bottleneck: expand, depthwise, se.reduce, se.expand, project.
std::string mb_conv_part(const std::string& rest, bool elastic) {
  static const std::map<std::string, std::string> kParts = {{"expand.", "inverted_bottleneck."},
                                                            {"depthwise.", "depth_conv."},
                                                            {"project.", "point_linear."}};
  for (const std::string layer : {"reduce", "expand"}) {
    std::string leaf = rest;
    if (take_prefix(leaf, "se." + layer + ".conv."))
      return "depth_conv.se.fc." + layer + "." + leaf;
  }
  for (const auto& [ours, theirs] : kParts) {
    std::string leaf = rest;
    if (take_prefix(leaf, ours)) return theirs + (elastic ? doubled(leaf) : leaf);
  }
  return "";
}

/// elastic: blocks behind the first are of a supernet.
std::string mobilenet_name(const std::string& ours, const std::vector<int64_t>& slots,
                           int64_t first, bool elastic) {
  static const std::map<std::string, std::string> kFixed = {
      {"stem.", "first_conv."},
      {"final_expand.", "final_expand_layer."},
      {"feature_mix.", "feature_mix_layer."},
      {"classifier.", "classifier."}};
  std::string rest = ours;
  for (const auto& [from, to] : kFixed) {
    if (take_prefix(rest, from)) return to + rest;
  }
  const bool fixed = take_prefix(rest, "first.");
  const BlockParameter place = fixed ? BlockParameter{-first, rest} : block_parameter(ours, slots);
  const std::string part = mb_conv_part(place.rest, elastic && !fixed);
  if (part.empty()) no_name(ours, slots);
  return str("blocks.", first + place.block, ".conv.", part);
}

}  // namespace

std::string mobilenet_published_name(const std::string& ours, const std::vector<int64_t>& slots,
                                     int64_t first) {
  return mobilenet_name(ours, slots, first, true);
}

std::string mobilenet_published_subnet_name(const std::string& ours,
                                            const std::vector<int64_t>& slots, int64_t first) {
  return mobilenet_name(ours, slots, first, false);
}

std::string resnet50d_published_subnet_name(const std::string& ours,
                                            const std::vector<int64_t>& slots, bool residual) {
  std::string rest = ours;
  if (take_prefix(rest, "stem.first.")) return "input_stem.0." + rest;
  if (take_prefix(rest, "stem.residual.")) return "input_stem.1.conv." + rest;
  if (take_prefix(rest, "stem.last.")) return (residual ? "input_stem.2." : "input_stem.1.") + rest;
  if (rest.starts_with("classifier.")) return rest;
  const BlockParameter place = block_parameter(ours, slots);
  return str("blocks.", place.block, ".", place.rest);
}

std::string resnet50d_published_name(const std::string& ours, const std::vector<int64_t>& slots) {
  std::string rest = ours;
  if (take_prefix(rest, "stem.first.")) return "input_stem.0." + doubled(rest);
  if (take_prefix(rest, "stem.residual.")) return "input_stem.1.conv." + doubled(rest);
  if (take_prefix(rest, "stem.last.")) return "input_stem.2." + doubled(rest);
  if (take_prefix(rest, "classifier.linear.")) return "classifier.linear.linear." + rest;
  const BlockParameter place = block_parameter(ours, slots);
  const size_t dot = place.rest.find('.');
  if (dot == std::string::npos) no_name(ours, slots);
  return str("blocks.", place.block, ".", place.rest.substr(0, dot + 1),
             doubled(place.rest.substr(dot + 1)));
}

}  // namespace tailor
