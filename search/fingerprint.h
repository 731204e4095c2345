// What a snapshot and the search that goes on from it must agree on.
#pragma once

#include <string>

#include "search/driver.h"

namespace tailor::search {

/// A text of hexadecimal digits that differs where space, strategy, seed, batch, metrics, limits or
/// restriction differ. Budgets are left out: a longer search goes on; except that of a sweep, whose
/// limits share it.
std::string search_fingerprint(const Problem& problem, const StrategyChoice& strategy,
                               const DriverOptions& options);

}  // namespace tailor::search
