// What a space is profiled against: a network of middling size for whole networks, and blocks of
// every size for blocks.
#pragma once

#include <string>
#include <vector>

#include "hardware_profiles/lut.h"
#include "hardware_profiles/measure.h"
#include "hardware_profiles/reference.h"
#include "supernet/space/block_enumeration.h"
#include "supernet/space/search_space.h"

namespace tailor::hw {

/// The reference network of a space: the middle choice of every axis. One of a typical size,
/// because a small one that fits a cache feels a busy neighbour in another way than the others do.
Arch reference_arch(const SearchSpace& space);

/// The reference blocks of a space: at most twelve, the middle ones of equal groups when all its
/// blocks are ordered by multiply-accumulates (by key where these are equal).
std::vector<BlockSite> reference_sites(const SearchSpace& space, const Workload& workload);

/// The block of a site as a network of its own.
NetworkSpec network_of(const SearchSpace& space, const Workload& workload, const BlockSite& site);

/// reference_arch on a device, at the speed of the table's start when the header has it.
Reference network_reference(const SearchSpace& space, DeviceBackend& backend,
                            const MeasureOptions& options, const TableHeader* header = nullptr);

/// What a table's entries are measured against, brought to the header's times: its reference
/// blocks, or its reference network where it has none (tables of format 1). Throws IoError when the
/// header's blocks are not the space's.
Reference block_reference(const SearchSpace& space, DeviceBackend& backend,
                          const MeasureOptions& options, const TableHeader& header);

/// Measures the space's reference network and blocks into the header of a new table, and returns
/// the blocks' reference.
Reference start_reference(const SearchSpace& space, DeviceBackend& backend,
                          const MeasureOptions& options, TableHeader& header);

}  // namespace tailor::hw
