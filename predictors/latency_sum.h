// A corrected table sum as a sum of tables, where it is one.
#pragma once

#include <optional>
#include <vector>

#include "predictors/latency_tables.h"

namespace tailor::predict {

/// What LatencyTables gives, for archs of `only`. nullopt where the correction is no sum: shares
/// beside a constant or counts, or ratios that some arch might reach. Where the correction weighs
/// choices of the whole network (image size), every table is over these too. Throws what `time`
/// throws: Error naming the first block without a time.
std::optional<FactorSum> latency_sum(const SearchSpace& space, const Workload& workload,
                                     double network_ms, const LatencyTables::BlockTime& time,
                                     const LatencyCorrection& correction,
                                     const std::vector<size_t>& whole_axes,
                                     const std::function<std::string(const Block&)>& place_of,
                                     const Restriction* only);

}  // namespace tailor::predict
