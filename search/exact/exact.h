// The best archs of a space, proven, where objective and costs are sums of tables.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/error.h"
#include "predictors/estimator.h"

namespace tailor::search {

/// sum(arch) <= limit, as FactorSum evaluates it: to the last bit.
struct ExactCost {
  FactorSum sum;
  double limit = 0;
};

/// Space and restriction outlive the call. An entry of a table that is not finite is unreachable:
/// no arch that takes one is a solution.
struct ExactProblem {
  const SearchSpace& space;
  const Restriction* only = nullptr;  ///< null: the whole space
  FactorSum objective;                ///< maximised
  std::vector<ExactCost> costs = {};  ///< all of them hold
};

struct ExactOptions {
  int64_t best = 1;    ///< how many solutions, best first
  int64_t differ = 0;  ///< axes (an axis that does not matter has a value of its own) in which each
                       ///< solution differs from every better one; 0 and 1: they are distinct
  double seconds = 0;  ///< 0: no limit. The best found by then comes with a bound
  bool only_programme = false;  ///< by the integer programme alone: slower, a proof of its own
};

struct ExactSolution {
  Arch arch;
  double objective = 0;  ///< as FactorSum evaluates it
};

struct ExactResult {
  std::vector<ExactSolution> solutions;  ///< best first; fewer than asked for where no more exist
  double upper_bound = 0;                ///< no arch within the limits has a higher objective
  /// Each solution is the best there is: to rounding of sums (some 1e-13 of the tables' sizes) by
  /// decomposition; to 1e-9 of the objective's range by an integer programme.
  bool optimal = false;
  int64_t points = 0;  ///< partial solutions kept by the decomposition, for studies
};

/// No arch keeps the limits.
class NoSolution : public InfeasibleError {
 public:
  NoSolution(const std::string& text, size_t which, double smallest)
      : InfeasibleError(text), cost(which), smallest_value(smallest) {}
  size_t cost;            ///< index of a cost that no arch keeps; costs.size(): each can be kept
  double smallest_value;  ///< smallest value of that cost over all archs; NaN without one
};

/// With one cost at most by decomposition (tree_search.h). With several by ranking under a weighted
/// sum of them (surrogate.h). Where a space does not come apart, or rankings grow too long, by an
/// integer programme (integer_programme.h). Throws NoSolution; Error for a table of another space,
/// or when a search that was out of time had found nothing.
ExactResult solve_exact(const ExactProblem& problem, const ExactOptions& options = {});

}  // namespace tailor::search
