// Rotary positions, plain and stretched to longer contexts than a model was trained with.
#pragma once

#include <string>
#include <vector>

#include "supernet/space/op.h"

namespace tailor {

/// How rotary positions are stretched, as in Hugging Face transformers, modeling_rope_utils.py.
/// linear: all angles divided by `factor` (Chen et al. 2023). llama3: pairs that turn less than
/// `slow` times over `context` tokens divided by factor, those that turn more than `fast` times
/// left alone, a ramp over turns between them. yarn: the same with a ramp over pairs, and cosine
/// and sine times `amplitude`, which others leave at 1 (Peng et al. 2024).
struct RopeScaling {
  std::string kind = "none";  ///< of rope_scaling_kinds()
  double factor = 1, slow = 1, fast = 4, amplitude = 1;
  int64_t context = 8192;  ///< tokens that the model was first trained with

  bool operator==(const RopeScaling&) const = default;
  /// A kind's own defaults: yarn has fast 32 and amplitude 0.1 ln(factor) + 1.
  static RopeScaling of(const std::string& kind, double factor);
  /// What is wrong with it; "" where nothing is.
  std::string complaint() const;
  bool none() const { return kind == "none"; }
  /// "none", or "llama3 factor=8 slow=1 ...".
  std::string text() const;
};

/// "none", "linear", "llama3", "yarn".
const std::vector<std::string>& rope_scaling_kinds();

/// x [B, T, h, d] turned by its token's position p: pairs (i, i + d/2) by the angle p
/// theta^(-2i/d). Source: Su et al. 2021; halves as in Hugging Face transformers,
/// models/llama/modeling_llama.py.
struct Rotary : OpBase<Rotary> {
  static constexpr const char* kKind = "rotary";
  double theta = 1e4;

  Rotary() = default;
  explicit Rotary(double t) : theta(t) {}
  Shape shape(const OpInputs& in) const override;
  void visit(AttrVisitor& visitor) override;
};

/// The same with angles stretched.
struct ScaledRotary : OpBase<ScaledRotary> {
  static constexpr const char* kKind = "scaled_rotary";
  double theta = 1e4;
  RopeScaling scaling = {};

  ScaledRotary() = default;
  ScaledRotary(double t, RopeScaling s) : theta(t), scaling(std::move(s)) {}
  Shape shape(const OpInputs& in) const override;
  void visit(AttrVisitor& visitor) override;
};

/// Angle of each of `pairs` pairs from one token to the next.
std::vector<double> rotary_rates(double theta, const RopeScaling& scaling, int64_t pairs);

}  // namespace tailor
