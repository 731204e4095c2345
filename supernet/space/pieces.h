// Cutting blocks into the smallest parts that can run on their own, shared between networks.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "supernet/space/network_spec.h"

namespace tailor {

/// Rewrites networks over *pieces*: blocks of one weighted operation with the norm and activation
/// that follow it alone, or of one other operation. Two pieces that compute the same (operations,
/// wiring, shapes, weight references) are one object, from whichever networks they come: so two
/// networks do the same work for as long as their lists of pieces hold the same pointers.
/// What a plan fuses or folds inside a block it also fuses or folds inside a piece.
class PieceCutter {
 public:
  /// The same network as a list of pieces. Names are those of the first block a piece was cut from.
  NetworkSpec cut(const NetworkSpec& spec);

 private:
  /// Inputs of the pieces number the block's inputs, then the pieces before.
  const std::vector<BlockUse>& cut_block(const std::shared_ptr<const Block>& block);
  std::shared_ptr<const Block> shared(Block piece);

  std::unordered_map<std::shared_ptr<const Block>, std::vector<BlockUse>> cuts_;
  std::unordered_map<std::string, std::shared_ptr<const Block>> pieces_;
};

}  // namespace tailor
