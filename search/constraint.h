// Upper limits on what a network may cost.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "predictors/estimator.h"

namespace tailor::search {

/// metric <= limit, in the metric's own unit. `device`: name of the device profile the metric is
/// of, "" where it depends on none (macs, params).
struct Limit {
  std::string metric;
  double limit = 0;
  std::string device = "";
  /// Above 0: the limit is this share of the largest arch's value ("55%" in a config); whoever
  /// binds estimators sets `limit` from it.
  double of_largest = 0;

  /// "latency_ms <= 25 on 'note10'".
  std::string text() const;
  /// "latency_ms", or "latency_ms.note10" when `with_device`: how result tables name it.
  std::string column(bool with_device) const;
  bool satisfied(double value) const { return value <= limit; }
  /// How far `value` is above the limit, as a part of the limit (0.1: ten per cent too much); the
  /// value itself for a limit of 0. 0 when satisfied.
  double excess(double value) const;
};

/// Unit that a metric's name carries, for people: "ms", "MACs", "bytes"; "" when none is known.
std::string unit_of(const std::string& metric);
/// "4.1 ms", "5e+06 MACs": four digits and the unit.
std::string with_unit(double value, const std::string& metric);

/// A limit and what tells the value. The estimator outlives the constraint.
struct Constraint {
  Limit limit;
  const Estimator* estimator = nullptr;
};

/// Throws ConfigError: a limit that is negative or not finite, the same metric and device twice, no
/// estimator, or an estimator of another metric.
void check_constraints(std::span<const Constraint> constraints);

/// values[i * constraints.size() + c] is what constraint c measures of archs[i].
/// Throws Error naming metric and device when an estimator gives a value that is not finite: a
/// limit that was not evaluated is never taken as met.
std::vector<double> constraint_values(std::span<const Constraint> constraints,
                                      std::span<const Arch> archs);

/// Sum of excesses; exactly 0 when every limit is met. `values`: one per constraint.
double violation(std::span<const Constraint> constraints, std::span<const double> values);

}  // namespace tailor::search
