// Linear attention: recurrences over a state [K, V] a head instead of a cache of keys and values.
#pragma once

#include "supernet/space/op.h"

namespace tailor {

/// x [..., h] -> -exp(scale) * x, scale [h]: the log decay of a head from its step size.
/// Source: Mamba2 (Dao & Gu 2024); NVlabs/Jet-Nemotron, jetai/modeling/hf/jet_block.py.
struct LogDecay : OpBase<LogDecay> {
  static constexpr const char* kKind = "log_decay";
  Shape shape(const OpInputs& in) const override;
  void visit(AttrVisitor&) override {}
};

/// q, k [B, T, G, K]; v [B, T, h, V]; decay (optional) [B, T, h] or, where G = h, [B, T, h, K],
/// logarithms <= 0 -> [B, T, h, V]. Head j reads keys j / (h / G). S <- exp(decay) S + k v^T; o =
/// S^T q * scale. Without a decay head j keeps 1 - 2^(-5-j) a token. RetNet (Sun et al. 2023),
/// Mamba2's SSD (Dao & Gu 2024), GLA (Yang et al. 2024). Remembers S, always in float32.
struct GatedLinearAttention : OpBase<GatedLinearAttention> {
  static constexpr const char* kKind = "gated_linear_attention";
  double scale = 1;
  double decay_scale = 1;  ///< decays are multiplied by it
  int64_t chunk = 64;      ///< tokens worked on together where there are several

  GatedLinearAttention() = default;
  explicit GatedLinearAttention(double s, double decay = 1) : scale(s), decay_scale(decay) {}
  Shape shape(const OpInputs& in) const override;
  int64_t macs(const OpInputs& in, const Shape& out) const override;
  std::vector<StateSlot> state(const OpInputs& in) const override;
  void visit(AttrVisitor& visitor) override;
};

/// q, k [B, T, h, K]; v [B, T, h, V]; beta [B, T, h]; decay (optional) [B, T, h] -> [B, T, h, V].
/// S <- exp(decay) S; S <- S + k (beta (v - S^T k))^T; o = S^T q. DeltaNet (Yang et al. 2024), with
/// a decay Gated DeltaNet (Yang et al. 2025). Remembers S, always in float32.
struct GatedDeltaRule : OpBase<GatedDeltaRule> {
  static constexpr const char* kKind = "gated_delta_rule";
  int64_t chunk = 64;

  Shape shape(const OpInputs& in) const override;
  int64_t macs(const OpInputs& in, const Shape& out) const override;
  std::vector<StateSlot> state(const OpInputs& in) const override;
  void visit(AttrVisitor& visitor) override;
};

/// r, k, w, a, b [B, T, h, K], v [B, T, h, V], in the order r, k, v, w, a, b -> [B, T, h, V].
/// S <- diag(exp(decay_scale w)) S + b (a^T S) + k v^T; o = S^T r. RWKV7 (Peng et al. 2025).
/// Remembers S, always in float32.
struct DplrDeltaRule : OpBase<DplrDeltaRule> {
  static constexpr const char* kKind = "dplr_delta_rule";
  double decay_scale = 1;
  int64_t chunk = 64;

  DplrDeltaRule() = default;
  explicit DplrDeltaRule(double decay) : decay_scale(decay) {}
  Shape shape(const OpInputs& in) const override;
  int64_t macs(const OpInputs& in, const Shape& out) const override;
  std::vector<StateSlot> state(const OpInputs& in) const override;
  void visit(AttrVisitor& visitor) override;
};

}  // namespace tailor
