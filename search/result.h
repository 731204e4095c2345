// What a search found.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "search/constraint.h"
#include "supernet/space/arch.h"

namespace tailor::search {

/// An arch with one value per SearchResult::metrics.
struct Scored {
  Arch arch;
  std::vector<double> values;
};

/// A limit and what the best arch has.
struct LimitResult {
  Limit limit;
  double value = 0;
  bool satisfied = false;
};

/// One generation: what was asked, told and known after it.
struct HistoryRow {
  int64_t generation = 0;
  int64_t evaluations = 0;  ///< so far
  double best = 0;          ///< objective so far
  int64_t scored = 0;       ///< archs scored in this generation
  int64_t infeasible = 0;   ///< archs of this generation that broke a limit
  double mean = 0;          ///< objective of those scored; NaN when none was
};

/// The best arch under one of several limits (sweep.h).
struct LimitBest {
  Limit limit;
  Scored best;
};

struct SearchResult {
  std::string space, strategy;
  int64_t seed = 0;
  std::vector<std::string> metrics;  ///< the objective first
  Scored best;
  /// Best objective first; no arch of it is beaten in both the objective and the trade-off metric.
  std::vector<Scored> front;
  std::vector<HistoryRow> history;
  std::vector<LimitResult> constraints;
  std::vector<LimitBest> by_limit;  ///< the tightest first; empty where one limit was searched
  int64_t evaluations = 0;
  double seconds = 0;
  int threads = 1;
  std::string stopped;  ///< "evaluations", "seconds", "stagnation", "nothing new" or "proven"
  /// Where a bound exists: no arch within the limits has a higher objective; and how far the best
  /// is below it, in the objective's unit (0: it is the best there is).
  std::optional<double> upper_bound, gap;
};

}  // namespace tailor::search
