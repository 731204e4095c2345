// One search for many limits: the best network for each, and the front between them.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "search/scorer.h"
#include "search/snapshot.h"

namespace tailor::search {

/// Values of one limit, rising; a config's `latency_ms: [15, 20, 25]`. A search begins under the
/// tightest and goes on to wider ones, each with an equal share of the budget; what was found under
/// one is where the next begins.
struct Sweep {
  size_t constraint = 0;  ///< index of the problem's constraint that takes them
  std::vector<double> limits;

  /// Throws Error for no limits, limits that do not rise, or a constraint that is not there.
  void check(const Problem& problem) const;
};

/// Of the records that meet the problem's other limits, the best under each limit of the sweep;
/// each has one at least.
std::vector<LimitBest> best_by_limit(const Problem& problem, const Sweep& sweep,
                                     const Scorer& scorer, std::span<const Record> records);

}  // namespace tailor::search
