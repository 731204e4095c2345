// Short convolutions over the tokens before: one kernel a channel, fixed or made for each token.
#pragma once

#include "supernet/space/op.h"

namespace tailor {

/// x [B, T, D]; weight [D, W], bias [D] (optional) -> [B, T, D]; y_t = sum_w weight[w] x[t-W+1+w].
/// Remembers the last W - 1 inputs.
struct CausalConv : OpBase<CausalConv> {
  static constexpr const char* kKind = "causal_conv";
  Shape shape(const OpInputs& in) const override;
  int64_t macs(const OpInputs& in, const Shape& out) const override;
  std::vector<StateSlot> state(const OpInputs& in) const override;
  void visit(AttrVisitor&) override {}
};

/// x [B, T, D], hidden [B, T, R]; weight [D W, R], bias [D W]: the taps of token t and channel d
/// are rows d W to d W + W - 1 of weight hidden_t + bias; the last one multiplies token t itself.
/// Source: NVlabs/Jet-Nemotron, jetai/modeling/hf/dynamic_conv.py. Remembers the last W - 1 inputs.
struct DynamicCausalConv : OpBase<DynamicCausalConv> {
  static constexpr const char* kKind = "dynamic_causal_conv";
  int64_t taps = 4;  ///< W

  DynamicCausalConv() = default;
  explicit DynamicCausalConv(int64_t w) : taps(w) {}
  Shape shape(const OpInputs& in) const override;
  int64_t macs(const OpInputs& in, const Shape& out) const override;
  std::vector<StateSlot> state(const OpInputs& in) const override;
  void visit(AttrVisitor& visitor) override;
};

/// x [B, T, D] -> [B, T, D]: every token's predecessor, zeros before the first. Source: RWKV (Peng
/// et al. 2023), section 3. Remembers the last input.
struct TokenShift : OpBase<TokenShift> {
  static constexpr const char* kKind = "token_shift";
  Shape shape(const OpInputs& in) const override;
  std::vector<StateSlot> state(const OpInputs& in) const override;
  void visit(AttrVisitor&) override {}
};

}  // namespace tailor
