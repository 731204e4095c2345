// The one search loop: budgets, cache, limits, threads, progress, snapshots, results.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "search/problem.h"
#include "search/result.h"
#include "search/strategy.h"
#include "search/sweep.h"

namespace tailor::search {

struct DriverOptions {
  int64_t seed = 0;
  int64_t evaluations = 10000;   ///< calls of the objective, one per distinct arch
  double seconds = 0;            ///< 0: no limit; results then depend on the machine's speed
  int64_t stagnation = 0;        ///< stop after so many evaluations without a better arch; 0: never
  int64_t batch = 100;           ///< archs asked for at once: a generation
  int threads = 0;               ///< 0: every core; results are the same for any number
  std::string snapshot = "";     ///< file to go on from and to keep up to date; "": none
  double snapshot_seconds = 10;  ///< between two snapshots
  std::optional<Sweep> sweep = std::nullopt;  ///< several limits in turn; budgets are for all
};

/// Searches until a budget is spent or the strategy finds nothing new. The first evaluation is an
/// arch known to meet every limit, so there always is a best. Look-ups of limits are free; an arch
/// that breaks one is never scored. An arch is scored once.
/// The result is the same to the bit for any number of threads and for a search that was cut off
/// and resumed (budgets in evaluations).
/// Throws InfeasibleError when no arch meets the limits; Interrupted after saving a snapshot;
/// IoError for a snapshot of another search; ConfigError for the strategy's options.
/// With a sweep, `best`, `front` and `constraints` are those under the widest limit, and `by_limit`
/// has the best of all that was scored for each.
/// The strategy `exact` is handed the whole problem instead (exact_search.h).
SearchResult run_search(const Problem& problem, const StrategyChoice& strategy,
                        const DriverOptions& options);

}  // namespace tailor::search
