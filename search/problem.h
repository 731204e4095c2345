// What is searched: a space, what to maximise, which limits to keep, what else to report.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "search/constraint.h"
#include "supernet/space/search_space.h"

namespace tailor::search {

/// Space and estimators outlive it.
struct Problem {
  const SearchSpace& space;
  std::optional<Restriction> only = std::nullopt;  ///< choices that are left, e.g. of `fix`
  const Estimator* objective = nullptr;            ///< maximised
  std::vector<Constraint> constraints = {};        ///< all of them hold for every result
  std::vector<const Estimator*> reported = {};     ///< more metrics of the results

  const Restriction* restriction() const { return only ? &*only : nullptr; }
  /// What the front trades the objective against: the first limit's estimator, else the reported
  /// latency_ms, else the first reported one; null when there is none.
  const Estimator* trade_off() const;
  /// Names of a result's values: the objective, the limits, then what is reported besides. Limits
  /// on one metric for several devices are named "latency_ms.note10".
  std::vector<std::string> columns() const;
  /// The reported estimators whose metric is neither the objective nor limited.
  std::vector<const Estimator*> extra() const;
  /// Name of a limit among columns().
  std::string column(const Limit& limit) const;

  /// Throws ConfigError for limits that cannot be used and Error without an objective.
  void check() const;
};

}  // namespace tailor::search
