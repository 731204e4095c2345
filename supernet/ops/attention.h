// Causal softmax attention with a cache of keys and values.
#pragma once

#include "supernet/space/op.h"

namespace tailor {

/// q [B, T, h, d]; k, v [B, T, h_kv, d] -> [B, T, h, d]. Query head j reads key head j / (h / h_kv)
/// (grouped queries, Ainslie et al. 2023); scores are scaled by d^-1/2. A window as in
/// NVlabs/Jet-Nemotron: exactly `window` keys, the query's own among them. Remembers keys and
/// values: all, or those of the window.
struct Attention : OpBase<Attention> {
  static constexpr const char* kKind = "attention";
  int64_t window = 0;   ///< keys that a query sees; 0: all before it
  int64_t context = 0;  ///< tokens already remembered, for costs

  Attention() = default;
  Attention(int64_t w, int64_t c) : window(w), context(c) {}
  Shape shape(const OpInputs& in) const override;
  int64_t macs(const OpInputs& in, const Shape& out) const override;
  std::vector<StateSlot> state(const OpInputs& in) const override;
  void visit(AttrVisitor& visitor) override;
};

}  // namespace tailor
