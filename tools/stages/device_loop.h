// The search stage in a loop with the device.
#pragma once

#include "search/limit_loop.h"
#include "tools/stages/estimators.h"

namespace tailor::tools {

inline constexpr const char* kMeasuredFile = "search/measured.csv";

/// Searches, measures and learns until the winner's measured latency holds the limit; rows are kept
/// in search/measured.csv, from where a run that was cut off goes on. Throws ConfigError without a
/// device or a latency limit, InfeasibleError, DeviceError.
search::SearchResult search_on_device(const Session& session, const RunDir& run,
                                      const Estimators& estimators, const search::Problem& problem,
                                      const search::DriverOptions& options);

}  // namespace tailor::tools
