// Rewriting names part by part: elastic layers wrap a static one, which doubles a part's name.
#include "supernet/families/resnet50d_keys.h"

#include <cstdio>
#include <numeric>

#include "core/error.h"

namespace tailor {
namespace {

/// "conv.weight" -> "conv.conv.weight", "bn.bias" -> "bn.bn.bias".
std::string doubled(const std::string& leaf) {
  const size_t dot = leaf.find('.');
  if (dot == std::string::npos) return leaf;
  return leaf.substr(0, dot) + "." + leaf;
}

bool take_prefix(std::string& text, const std::string& prefix) {
  if (text.rfind(prefix, 0) != 0) return false;
  text.erase(0, prefix.size());
  return true;
}

/// "conv1.bn.weight" -> "conv1.bn.bn.weight".
std::string block_part(const std::string& rest) {
  const size_t dot = rest.find('.');
  return rest.substr(0, dot) + "." + doubled(rest.substr(dot + 1));
}

}  // namespace

std::string resnet50d_published_name(const std::string& ours, const std::vector<int64_t>& slots) {
  std::string rest = ours;
  if (take_prefix(rest, "stem.first.")) return "input_stem.0." + doubled(rest);
  if (take_prefix(rest, "stem.residual.")) return "input_stem.1.conv." + doubled(rest);
  if (take_prefix(rest, "stem.last.")) return "input_stem.2." + doubled(rest);
  if (take_prefix(rest, "classifier.linear.")) return "classifier.linear.linear." + rest;
  int stage = 0, number = 0, length = 0;
  const bool block =
      std::sscanf(ours.c_str(), "stage%d.block%d.%n", &stage, &number, &length) == 2 &&
      length > 0 && stage >= 1 && static_cast<size_t>(stage) <= slots.size() && number >= 1 &&
      number <= slots[static_cast<size_t>(stage) - 1];
  if (!block) {
    throw Error(str("'", ours, "' is no parameter of a resnet50d with ", join(slots, ", "),
                    " blocks: it has no published name"));
  }
  const int64_t before = std::accumulate(slots.begin(), slots.begin() + stage - 1, int64_t{0});
  return str("blocks.", before + number - 1, ".",
             block_part(ours.substr(static_cast<size_t>(length))));
}

}  // namespace tailor
