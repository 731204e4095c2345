// Sums and products of values.
#pragma once

#include "supernet/space/op.h"

namespace tailor {

/// Sum of two or more values of one shape.
struct Add : OpBase<Add> {
  static constexpr const char* kKind = "add";
  Shape shape(const OpInputs& in) const override;
  void visit(AttrVisitor&) override {}
};

/// Product of two values; the second may have size 1 where the first has more (a gate).
struct Multiply : OpBase<Multiply> {
  static constexpr const char* kKind = "multiply";
  Shape shape(const OpInputs& in) const override;
  void visit(AttrVisitor&) override {}
};

/// x [..., h, V] times scale [h] or [h, V].
struct ScaleHeads : OpBase<ScaleHeads> {
  static constexpr const char* kKind = "scale_heads";
  Shape shape(const OpInputs& in) const override;
  void visit(AttrVisitor&) override {}
};

/// a + (b - a) scale: a, b [..., h, V], scale [V] or [h, V] the share of b.
struct Lerp : OpBase<Lerp> {
  static constexpr const char* kKind = "lerp";
  Shape shape(const OpInputs& in) const override;
  void visit(AttrVisitor&) override {}
};

/// a, b [..., h, K], scale [h, K] -> [..., h, 1]: sum over K of a b scale.
struct WeightedDot : OpBase<WeightedDot> {
  static constexpr const char* kKind = "weighted_dot";
  Shape shape(const OpInputs& in) const override;
  int64_t macs(const OpInputs& in, const Shape& out) const override;
  void visit(AttrVisitor&) override {}
};

}  // namespace tailor
