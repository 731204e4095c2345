// From everything a search scored to what it reports: best, front, limits.
#pragma once

#include <span>

#include "search/result.h"
#include "search/scorer.h"
#include "search/snapshot.h"

namespace tailor::search {

/// The higher objective first; of equals the one with the lower trade-off metric, then the lower
/// arch.
bool ranks_before(const Record& a, const Record& b);

/// Fills space, metrics, best, front, constraints and evaluations. The best ranks
/// before all others.
SearchResult make_result(const Problem& problem, const Scorer& scorer,
                         std::span<const Record> records);

}  // namespace tailor::search
