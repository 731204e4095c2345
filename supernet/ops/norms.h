// Normalisations: batch, layer and RMS.
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

/// x / sqrt(mean(x^2) + eps) * scale over the last dimension (Zhang & Sennrich 2019).
struct RmsNorm : OpBase<RmsNorm> {
  static constexpr const char* kKind = "rms_norm";
  double eps = 1e-6;

  Shape shape(const OpInputs& in) const override;
  void visit(AttrVisitor& visitor) override;
};

}  // namespace tailor
