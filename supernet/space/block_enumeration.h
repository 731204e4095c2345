// Every distinct block that a space can put into a network: what a profiler has to measure.
#pragma once

#include <memory>
#include <vector>

#include "supernet/space/search_space.h"

namespace tailor {

/// One distinct latency key: a network holding it (for carriers and single_block) and where.
struct BlockSite {
  std::shared_ptr<const Block> block;
  Arch arch;         ///< an arch whose network holds the block
  size_t index = 0;  ///< which block of that network
};

/// One site per distinct Block::key over all archs allowed, in a fixed order. Throws as
/// block_places.
std::vector<BlockSite> enumerate_blocks(const SearchSpace& space, const Workload& workload,
                                        const Restriction* only = nullptr);

}  // namespace tailor
