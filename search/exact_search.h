// The strategy `exact`: no samples, but the best network there is, with a proof. It needs every
// metric as a sum of tables, so it takes the whole problem where other strategies are asked for
// archs.
#pragma once

#include <cstdint>

#include "search/driver.h"

namespace tailor::search {

inline constexpr const char* kExactStrategy = "exact";

struct ExactSearchOptions {
  int64_t best = 1;    ///< solutions
  int64_t differ = 0;  ///< axes in which solutions differ from each other, at least
  int64_t front = 16;  ///< limits below the given one that are solved as well
  /// Least share of every limit that a solution takes, where an arch does at all; 0: any. For
  /// objectives that do not grow with what a network costs, as learned log-probabilities.
  double closest = 0;

  static ExactSearchOptions read(const ConfigNode& section);
};

/// What run_search does for the strategy `exact`. The front holds the solutions where several are
/// asked for, else the best arch for each of some limits, evenly spaced from the smallest cost to
/// the given limit (with one limit, or none and a trade-off metric that is a sum of tables).
/// With a sweep each limit is solved, and the front is that of all solutions.
/// `evaluations` counts the archs that the objective's estimator scored; budget.seconds bounds the
/// search, after which the best found comes with an upper bound; seed and batch have no effect.
/// Throws ConfigError naming the estimator that is no sum of tables; InfeasibleError with the
/// smallest value that any arch has.
SearchResult run_exact(const Problem& problem, const StrategyChoice& strategy,
                       const DriverOptions& options);

}  // namespace tailor::search
