// Shape rules, cost and state of attention.
#include "supernet/ops/attention.h"

#include <algorithm>

#include "supernet/ops/rules.h"

namespace tailor {
namespace {

/// Keys that T queries see together when the first has `context` tokens before it.
int64_t visible_keys(int64_t tokens, int64_t context, int64_t window) {
  int64_t keys = 0;
  const int64_t most = window > 0 ? window : context + tokens;
  // Queries that see all before them, then those whose window is full.
  const int64_t growing = std::clamp<int64_t>(most - context, 0, tokens);
  keys += growing * context + growing * (growing + 1) / 2;
  return keys + (tokens - growing) * most;
}

}  // namespace

Shape Attention::shape(const OpInputs& in) const {
  const auto shapes = many_inputs(in, 3);
  const Shape& q = shapes[0];
  const Shape& k = shapes[1];
  if (shapes.size() != 3 || q.size() != 4 || shapes[2] != k || q[0] != k[0] || q[1] != k[1] ||
      q[3] != k[3] || q[2] % k[2] != 0) {
    throw ShapeError(
        str("takes q [B, T, h, d] and k, v [B, T, h_kv, d] with h a multiple of h_kv, "
            "got ",
            shape_text(q), ", ", shape_text(k), ", ", shape_text(shapes[2])));
  }
  if (window < 0 || context < 0) throw ShapeError(str("window ", window, ", context ", context));
  return q;
}

int64_t Attention::macs(const OpInputs& in, const Shape& out) const {
  return numel({2, out[0], out[2], out[3], visible_keys(in.inputs[0][1], context, window)});
}

std::vector<StateSlot> Attention::state(const OpInputs& in) const {
  const Shape& k = in.inputs[1];
  const int64_t seen = context + k[1];
  const int64_t kept = window > 0 ? std::min(window, seen) : seen;
  return {{"keys", {k[0], kept, k[2], k[3]}}, {"values", {k[0], kept, k[2], k[3]}}};
}

void Attention::visit(AttrVisitor& visitor) {
  visitor.on("window", window);
  visitor.on("context", context);
}

}  // namespace tailor
