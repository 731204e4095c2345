// The list of operations.
#include <map>
#include <memory>

#include "core/registry.h"
#include "supernet/ops/activation.h"
#include "supernet/ops/attention.h"
#include "supernet/ops/causal_conv.h"
#include "supernet/ops/conv2d.h"
#include "supernet/ops/elementwise.h"
#include "supernet/ops/embedding.h"
#include "supernet/ops/layout.h"
#include "supernet/ops/linear.h"
#include "supernet/ops/norms.h"
#include "supernet/ops/pool.h"
#include "supernet/ops/recurrence.h"
#include "supernet/ops/rotary.h"

namespace tailor {
namespace {

using Maker = std::unique_ptr<Op>();

template <class T>
std::pair<const std::string, Maker*> entry() {
  return {T::kKind, [] { return std::unique_ptr<Op>(std::make_unique<T>()); }};
}

const std::map<std::string, Maker*>& ops() {
  static const std::map<std::string, Maker*> all = {
      entry<Attention>(),
      entry<CausalConv>(),
      entry<DplrDeltaRule>(),
      entry<DynamicCausalConv>(),
      entry<Embedding>(),
      entry<GatedDeltaRule>(),
      entry<GatedLinearAttention>(),
      entry<GatedRmsNorm>(),
      entry<L2Norm>(),
      entry<LastToken>(),
      entry<LogDecay>(),
      entry<Rotary>(),
      entry<ScaledRotary>(),
      entry<ScaleHeads>(),
      entry<Activation>(),
      entry<Add>(),
      entry<BatchNorm>(),
      entry<ChannelShuffle>(),
      entry<Concat>(),
      entry<Conv2d>(),
      entry<Linear>(),
      entry<LayerNorm>(),
      entry<GlobalAvgPool>(),
      entry<HeadNorm>(),
      entry<Lerp>(),
      entry<Multiply>(),
      entry<Pool>(),
      entry<Resample>(),
      entry<Reshape>(),
      entry<RmsNorm>(),
      entry<TokenShift>(),
      entry<WeightedDot>(),
  };
  return all;
}

}  // namespace

std::vector<std::string> op_kinds() {
  std::vector<std::string> kinds;
  for (const auto& [kind, make] : ops()) kinds.push_back(kind);
  return kinds;
}

std::unique_ptr<Op> make_op(std::string_view kind) {
  auto it = ops().find(std::string(kind));
  if (it == ops().end()) throw UnknownNameError(unknown_name_text("operation", kind, op_kinds()));
  return it->second();
}

}  // namespace tailor
