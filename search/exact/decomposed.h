// Exact search under one limit at most: a threshold between the relaxed bound and what is known to
// be reachable comes down until enough solutions lie above it.
#pragma once

#include <functional>
#include <optional>

#include "search/exact/decomposition.h"
#include "search/exact/exact.h"
#include "search/exact/terms.h"

namespace tailor::search::exact {

/// The `best` best solutions under cost `cost` (or under none), fewer where no more exist. nullopt
/// when `stop`, asked with a number of points, says so. Throws nothing for an empty result.
std::optional<ExactResult> best_by_decomposition(const Terms& terms, const Decomposition& d,
                                                 size_t cost, int64_t best,
                                                 const std::function<bool(size_t)>& stop);

}  // namespace tailor::search::exact
