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

/// x [..., h, V] times scale [h].
struct ScaleHeads : OpBase<ScaleHeads> {
  static constexpr const char* kKind = "scale_heads";
  Shape shape(const OpInputs& in) const override;
  void visit(AttrVisitor&) override {}
};

}  // namespace tailor
