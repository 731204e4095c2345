// What an architecture step minimises: cross entropy, and what the networks are expected to cost.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/config_node.h"
#include "core/registry.h"

namespace tailor::train {

/// A limit of the search and where its mean stands.
struct TargetState {
  std::string metric;
  double limit = 0;
  double mean = 0;  ///< over the networks drawn now
};

/// loss, and its derivatives by the cross entropy and by each target's mean.
struct ObjectiveTerms {
  double loss = 0, by_cross_entropy = 1;
  std::vector<double> by_mean;
};

class GradientObjective {
 public:
  virtual ~GradientObjective() = default;
  /// Its targets: every limit of the search, at least one,
  virtual bool every_limit() const { return false; }
  /// or that on this metric; empty: none.
  virtual std::string metric() const { return ""; }
  virtual ObjectiveTerms terms(double cross_entropy,
                               std::span<const TargetState> targets) const = 0;
  /// After a step, with the means it began with: multipliers move.
  virtual void stepped(std::span<const TargetState> targets);
  /// Multipliers, for checkpoints, history and messages; empty: none.
  virtual std::vector<double> state() const { return {}; }
  virtual void set_state(std::span<const double> state);
};

using ObjectiveRegistry = Registry<GradientObjective>;
/// trainers/gradient/builtin.cpp.
ObjectiveRegistry builtin_objectives();

}  // namespace tailor::train
