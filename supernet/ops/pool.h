// Pooling over windows and over the whole map.
#pragma once

#include "supernet/space/op.h"

namespace tailor {

/// x [N, C, H, W]; mode max or avg. ceil_mode 1 rounds the output size up; a clipped average window
/// divides by its valid elements (PyTorch's count_include_pad=False).
struct Pool : OpBase<Pool> {
  static constexpr const char* kKind = "pool";
  std::string mode = "max";
  int64_t kernel = 2;
  int64_t stride = 2;
  int64_t padding = 0;
  int64_t ceil_mode = 0;

  Shape shape(const OpInputs& in) const override;
  void visit(AttrVisitor& visitor) override;
};

/// Mean over H and W: [N, C, H, W] -> [N, C, 1, 1].
struct GlobalAvgPool : OpBase<GlobalAvgPool> {
  static constexpr const char* kKind = "global_avg_pool";
  Shape shape(const OpInputs& in) const override;
  void visit(AttrVisitor&) override {}
};

}  // namespace tailor
