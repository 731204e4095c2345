// The config section `search`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/config_node.h"
#include "search/constraint.h"
#include "search/driver.h"
#include "search/limit_loop.h"
#include "search/strategy.h"
#include "search/sweep.h"
#include "supernet/space/choice_rule.h"
#include "supernet/space/coupling.h"

namespace tailor::search {

/// search: {strategy: {name: evolution, ...}, objective: accuracy, fix: {r: [28]},
///          couple: {d: [2, 3], e: [3, 6]},
///          limits: {latency_ms: 25, macs: 3e8}, batch: 100, estimators: {...},
///          device_loop: {rounds: 4}, budget: {evaluations: 10000, seconds: 0, stagnation: 0}}
struct SearchSection {
  StrategyChoice strategy;
  std::string objective = "accuracy";  ///< metric that is maximised
  /// In file order. A limit given as one number has no device yet; metrics that nothing estimates
  /// are found by whoever binds estimators, who has `node` for the message.
  std::vector<Limit> limits = {};
  /// limits[sweep->constraint] has several values; its own is the widest of them.
  std::optional<Sweep> sweep = std::nullopt;
  std::vector<ChoiceRule> fix = {};  ///< for restrict_by()
  CouplingRule couple = {};          ///< for couple()
  ConfigNode estimators;             ///< metric -> what tells it; read by whoever binds estimators
  int64_t evaluations = 10000, stagnation = 0, batch = 100;
  double seconds = 0;
  LimitLoopOptions device_loop = {};
  ConfigNode node;  ///< the section, for messages: node.where("limits")

  /// Throws ConfigError: unknown keys, values out of range, a limit that is negative or no number.
  static SearchSection read(const ConfigNode& section,
                            const StrategyRegistry& registry = builtin_strategies());
  /// Budget, batch and sweep; seed, threads and snapshot are the caller's.
  DriverOptions driver_options() const;
};

}  // namespace tailor::search
