// Exact search under more conditions than one limit: solutions in the order of their objective, of
// which the first that meet the conditions are the answer.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "search/exact/decomposition.h"
#include "search/exact/exact.h"
#include "search/exact/terms.h"

namespace tailor::search::exact {

/// Is an arch a solution, beside the better ones that were taken before it?
using Accept = std::function<bool(const Arch& arch, const std::vector<ExactSolution>& taken)>;
/// Asked now and then with the number of points so far: true gives up.
using Stop = std::function<bool(size_t)>;

/// The `best` first accepted ones of the solutions under cost `cost` (or none), from rankings that
/// grow from `first` to `longest`. nullopt where that is not enough, or when `stop` says so.
std::optional<ExactResult> best_accepted(const Terms& terms, const Decomposition& d, size_t cost,
                                         int64_t best, int64_t first, int64_t longest,
                                         const Accept& accept, const Stop& stop);

}  // namespace tailor::search::exact
