// 2-D convolution: dense, grouped and depthwise.
#pragma once

#include "supernet/space/op.h"

namespace tailor {

/// x [N, C, H, W]; weight [O, C/groups, kh, kw], bias [O] (optional) -> [N, O, H', W'],
/// H' = (H + 2 padding - kh) / stride + 1. `groups` is 1 or C (depthwise) or divides both.
struct Conv2d : OpBase<Conv2d> {
  static constexpr const char* kKind = "conv2d";
  int64_t stride = 1;
  int64_t padding = 0;
  int64_t groups = 1;

  Conv2d() = default;
  Conv2d(int64_t s, int64_t p, int64_t g) : stride(s), padding(p), groups(g) {}
  Shape shape(const OpInputs& in) const override;
  int64_t macs(const OpInputs& in, const Shape& out) const override;
  void visit(AttrVisitor& visitor) override;
};

}  // namespace tailor
