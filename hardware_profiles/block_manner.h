// How a block's time is taken: alone, or behind another block.
#pragma once

#include <functional>
#include <string>

#include "hardware_profiles/lut.h"
#include "hardware_profiles/measure.h"
#include "supernet/space/block_enumeration.h"

namespace tailor::hw {

/// Which network stands for a block, and what of that network's time is the block's.
struct BlockManner {
  std::string method;  ///< for a table's header
  std::function<NetworkSpec(const BlockSite&)> network;
  std::function<TableEntry(const BlockSite&, const Measurement&)> entry;
};

/// The method as tables state it: "alone", "alone, cold caches".
std::string method_text(const std::string& method, const MeasureOptions& options);

/// Each as a network of its own. The space must outlive it.
BlockManner blocks_alone(const SearchSpace& space, const Workload& workload);

/// Each behind the block in front of it, less what that one takes alone by `table`, which holds
/// every block. A block without one in front, or one whose difference is not certain to be more
/// than nothing, keeps its entry there. Space and table must outlive it.
BlockManner blocks_in_carriers(const SearchSpace& space, const Workload& workload,
                               const LatencyTable& table);

}  // namespace tailor::hw
