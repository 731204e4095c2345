// Checks of a sweep, and its results.
#include "search/sweep.h"

#include "core/error.h"
#include "search/make_result.h"

namespace tailor::search {

void Sweep::check(const Problem& problem) const {
  TAILOR_CHECK(!limits.empty() && constraint < problem.constraints.size(),
               "a sweep needs a constraint of the problem and limits for it");
  for (size_t k = 1; k < limits.size(); ++k) {
    TAILOR_CHECK(limits[k] > limits[k - 1], "limits of a sweep must rise");
  }
}

std::vector<LimitBest> best_by_limit(const Problem& problem, const Sweep& sweep,
                                     const Scorer& scorer, std::span<const Record> records) {
  std::vector<LimitBest> out;
  Limit limit = problem.constraints[sweep.constraint].limit;
  for (const double each : sweep.limits) {
    limit.limit = each;
    std::vector<Record> kept;
    std::copy_if(records.begin(), records.end(), std::back_inserter(kept),
                 [&](const Record& r) { return limit.satisfied(r.tracked[sweep.constraint]); });
    out.push_back({limit, make_result(problem, scorer, kept).best});
  }
  return out;
}

}  // namespace tailor::search
