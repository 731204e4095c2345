// Matrix product with a weight.
#pragma once

#include "supernet/space/op.h"

namespace tailor {

/// x [..., I]; weight [O, I], bias [O] (optional) -> [..., O].
struct Linear : OpBase<Linear> {
  static constexpr const char* kKind = "linear";
  Shape shape(const OpInputs& in) const override;
  int64_t macs(const OpInputs& in, const Shape& out) const override;
  void visit(AttrVisitor&) override {}
};

}  // namespace tailor
