// Names and checks of a search problem.
#include "search/problem.h"

#include <algorithm>

#include "core/error.h"

namespace tailor::search {

const Estimator* Problem::trade_off() const {
  if (!constraints.empty()) return constraints.front().estimator;
  for (const Estimator* estimator : reported) {
    if (estimator->metric() == "latency_ms") return estimator;
  }
  return reported.empty() ? nullptr : reported.front();
}

std::string Problem::column(const Limit& limit) const {
  const auto same =
      std::count_if(constraints.begin(), constraints.end(),
                    [&](const Constraint& other) { return other.limit.metric == limit.metric; });
  return limit.column(same > 1);
}

std::vector<const Estimator*> Problem::extra() const {
  std::vector<std::string> known = {objective->metric()};
  for (const Constraint& c : constraints) known.push_back(c.limit.metric);
  std::vector<const Estimator*> out;
  for (const Estimator* estimator : reported) {
    const std::string metric = estimator->metric();
    if (std::find(known.begin(), known.end(), metric) != known.end()) continue;
    known.push_back(metric);
    out.push_back(estimator);
  }
  return out;
}

std::vector<std::string> Problem::columns() const {
  std::vector<std::string> out = {objective->metric()};
  for (const Constraint& c : constraints) out.push_back(column(c.limit));
  for (const Estimator* estimator : extra()) out.push_back(estimator->metric());
  return out;
}

void Problem::check() const {
  if (!objective) throw Error("a search needs an objective");
  check_constraints(constraints);
  TAILOR_CHECK(std::find(reported.begin(), reported.end(), nullptr) == reported.end(),
               "a reported estimator is null");
  TAILOR_CHECK(!only || only->allowed.size() == space.axes().size(),
               "the restriction is of another space");
}

}  // namespace tailor::search
