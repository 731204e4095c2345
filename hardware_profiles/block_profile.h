// Measuring blocks that belong to no space (see own_blocks.h) into a space's latency table.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "hardware_profiles/lut.h"
#include "hardware_profiles/measure.h"
#include "supernet/space/search_space.h"

namespace tailor::hw {

struct BlockProfile {
  LatencyTable table;
  int64_t measured = 0;  ///< now; the others were in the file
};

/// Adds the networks' blocks to the table at `path` that profile_space has made for this space and
/// device, at the speed of its reference. blocks: networks of one block each. The file is written
/// after each block.
/// Throws IoError when the table is of other conditions or has no reference time, DeviceError
/// naming the block, Interrupted.
BlockProfile profile_blocks(const SearchSpace& space, DeviceBackend& backend,
                            std::span<const NetworkSpec> blocks, const MeasureOptions& options,
                            const std::string& path);

}  // namespace tailor::hw
