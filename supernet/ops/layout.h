// Operations that move elements: concat, reshape, channel shuffle, resample.
#pragma once

#include "supernet/space/op.h"

namespace tailor {

/// Joins values along dimension `axis` (not the batch).
struct Concat : OpBase<Concat> {
  static constexpr const char* kKind = "concat";
  int64_t axis = 1;

  Shape shape(const OpInputs& in) const override;
  void visit(AttrVisitor& visitor) override;
};

/// Keeps the batch dimension and gives the rest the shape `to`; one entry may be -1.
struct Reshape : OpBase<Reshape> {
  static constexpr const char* kKind = "reshape";
  std::vector<int64_t> to = {-1};

  Reshape() = default;
  explicit Reshape(std::vector<int64_t> t) : to(std::move(t)) {}
  Shape shape(const OpInputs& in) const override;
  void visit(AttrVisitor& visitor) override;
};

/// Channel c of a map [N, C, H, W] goes from group c / (C / groups) to where the groups' channels
/// take turns: out[i * groups + g] = in[g * C / groups + i].
/// Source: Zhang et al., "ShuffleNet", arXiv 1707.01083, section 3.1.
struct ChannelShuffle : OpBase<ChannelShuffle> {
  static constexpr const char* kKind = "channel_shuffle";
  int64_t groups = 1;

  ChannelShuffle() = default;
  explicit ChannelShuffle(int64_t g) : groups(g) {}
  Shape shape(const OpInputs& in) const override;
  void visit(AttrVisitor& visitor) override;
};

/// Resizes a map [N, C, H, W] by factor up / down; mode nearest or bilinear (half-pixel centres).
struct Resample : OpBase<Resample> {
  static constexpr const char* kKind = "resample";
  std::string mode = "nearest";
  int64_t up = 2;
  int64_t down = 1;

  Shape shape(const OpInputs& in) const override;
  void visit(AttrVisitor& visitor) override;
};

}  // namespace tailor
