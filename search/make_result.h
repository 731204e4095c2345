// From everything a search scored to what it reports: best, front, limits.
#pragma once

#include <span>

#include "search/result.h"
#include "search/scorer.h"
#include "search/snapshot.h"

namespace tailor::search {

/// Fills space, metrics, best, front, constraints and evaluations. The best has the highest
/// objective; of equals the one with the lower trade-off metric, then the lower arch.
SearchResult make_result(const Problem& problem, const Scorer& scorer,
                         std::span<const Record> records);

}  // namespace tailor::search
