// Through the names of Once-for-All, whose blocks have one set of layers.
#include "supernet/families/proxylessnas_keys.h"

#include <algorithm>

#include "core/error.h"
#include "supernet/families/published_keys.h"

namespace tailor {
namespace {

/// "stage1.block2.k3_e6.expand.conv.weight" in three: the block, the choice, the rest.
struct OwnName {
  std::string block, choice, rest;
};

OwnName take_apart(const std::string& ours) {
  const size_t block = ours.find(".k");
  const size_t choice = block == std::string::npos ? block : ours.find('.', block + 1);
  if (!ours.starts_with("stage") || choice == std::string::npos) return {ours, "", ""};
  // A ratio may hold a dot of its own: "k3_e1.5.".
  size_t end = choice;
  while (end + 1 < ours.size() && ours[end + 1] >= '0' && ours[end + 1] <= '9') {
    end = ours.find('.', end + 1);
  }
  return {ours.substr(0, block), ours.substr(block + 1, end - block), ours.substr(end + 1)};
}

int candidate(const MobileNetStage& stage, const std::string& choice) {
  int index = 0;
  for (const int64_t k : stage.sizes()) {
    for (const double e : stage.expand) {
      if (own_prefix(k, e) == choice) return index;
      ++index;
    }
  }
  throw Error(str("no candidate '", choice, "' in a stage of ", join(stage.sizes(), ", ")));
}

std::string named(const MobileNetOptions& options, const std::vector<int64_t>& slots,
                  const std::string& ours, bool supernet) {
  const OwnName own = take_apart(ours);
  const std::string shared = own.choice.empty() ? ours : own.block + "." + own.rest;
  std::string theirs = mobilenet_published_subnet_name(shared, slots, options.first.width > 0);
  const std::string mark = ".conv.";
  const size_t at = theirs.find(mark);
  if (!theirs.starts_with("blocks.") || at == std::string::npos) return theirs;
  std::string middle = ".mobile_inverted_conv.";
  if (supernet && !own.choice.empty()) {
    const auto stage = static_cast<size_t>(std::stoi(own.block.substr(5))) - 1;
    middle += str("candidate_ops.", candidate(options.stages.at(stage), own.choice), ".");
  }
  return theirs.replace(at, mark.size(), middle);
}

}  // namespace

std::string own_prefix(int64_t kernel, double expand) {
  return str("k", kernel, "_e", number(expand), ".");
}

std::string proxylessnas_name(const MobileNetOptions& options, const std::vector<int64_t>& slots,
                              const std::string& ours) {
  return named(options, slots, ours, true);
}

std::string proxylessnas_subnet_name(const MobileNetOptions& options,
                                     const std::vector<int64_t>& slots, const std::string& ours) {
  return named(options, slots, ours, false);
}

}  // namespace tailor
