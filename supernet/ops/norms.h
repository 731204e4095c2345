// Normalisations: batch, layer, RMS (plain and gated), L2.
#pragma once

#include "supernet/space/op.h"

namespace tailor {

/// x [N, C, ...]; scale, shift, running_mean, running_var [C]. Training normalises with the batch's
/// mean and biased variance; running values move by `momentum` (variance unbiased).
struct BatchNorm : OpBase<BatchNorm> {
  static constexpr const char* kKind = "batch_norm";
  double eps = 1e-5;
  double momentum = 0.1;

  BatchNorm() = default;
  BatchNorm(double e, double m) : eps(e), momentum(m) {}
  Shape shape(const OpInputs& in) const override;
  void visit(AttrVisitor& visitor) override;
};

/// Over the last dimension: x [..., C]; scale [C], shift [C].
struct LayerNorm : OpBase<LayerNorm> {
  static constexpr const char* kKind = "layer_norm";
  double eps = 1e-5;

  Shape shape(const OpInputs& in) const override;
  void visit(AttrVisitor& visitor) override;
};

/// Over the last dimension, each head with numbers of its own: x [..., h, V]; scale, shift [h, V].
/// A group norm with a group a head (Wu & He 2018).
struct HeadNorm : OpBase<HeadNorm> {
  static constexpr const char* kKind = "head_norm";
  /// RWKV7's eps in that of other mixers' norms: 64e-5 to 1e-5, at every size of heads.
  static constexpr double kRwkvFactor = 64;
  double eps = 1e-5;

  HeadNorm() = default;
  explicit HeadNorm(double e) : eps(e) {}
  Shape shape(const OpInputs& in) const override;
  void visit(AttrVisitor& visitor) override;
};

/// x / sqrt(mean(x^2) + eps) * scale over the last dimension (Zhang & Sennrich 2019).
struct RmsNorm : OpBase<RmsNorm> {
  static constexpr const char* kKind = "rms_norm";
  double eps = 1e-6;

  RmsNorm() = default;
  explicit RmsNorm(double e) : eps(e) {}
  Shape shape(const OpInputs& in) const override;
  void visit(AttrVisitor& visitor) override;
};

/// o, gate [..., C]; scale [C] -> rms_norm(o) * silu(gate), or with gate_first rms_norm(o *
/// silu(gate)): the output of a linear attention head. Gated DeltaNet, GLA and RetNet gate after,
/// Mamba2 before (fla-org/flash-linear-attention, fla/modules/fused_norm_gate.py).
struct GatedRmsNorm : OpBase<GatedRmsNorm> {
  static constexpr const char* kKind = "gated_rms_norm";
  double eps = 1e-5;
  int64_t gate_first = 0;

  GatedRmsNorm() = default;
  explicit GatedRmsNorm(double e, bool first = false) : eps(e), gate_first(first ? 1 : 0) {}
  Shape shape(const OpInputs& in) const override;
  void visit(AttrVisitor& visitor) override;
};

/// x / sqrt(sum(x^2) + eps) * scale over the last dimension.
struct L2Norm : OpBase<L2Norm> {
  static constexpr const char* kKind = "l2_norm";
  double eps = 1e-6;
  double scale = 1;

  L2Norm() = default;
  explicit L2Norm(double s) : scale(s) {}
  Shape shape(const OpInputs& in) const override;
  void visit(AttrVisitor& visitor) override;
};

}  // namespace tailor
