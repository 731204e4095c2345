// Operations on sequences of tokens: table look-up, the last token alone.
#pragma once

#include "supernet/space/op.h"

namespace tailor {

/// ids [B, T] (whole numbers); weight [V, H] -> [B, T, H].
struct Embedding : OpBase<Embedding> {
  static constexpr const char* kKind = "embedding";
  Shape shape(const OpInputs& in) const override;
  void visit(AttrVisitor&) override {}
};

/// x [B, T, ...] -> [B, 1, ...]: what a prefill needs before the logits.
struct LastToken : OpBase<LastToken> {
  static constexpr const char* kKind = "last_token";
  Shape shape(const OpInputs& in) const override;
  void visit(AttrVisitor&) override {}
};

}  // namespace tailor
