// The interface of everything that proposes archs. A strategy knows nothing of budgets, caches,
// threads or the objective's cost: the driver owns those.
#pragma once

#include <cstddef>
#include <functional>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/registry.h"
#include "core/rng.h"
#include "search/for_each.h"
#include "supernet/space/search_space.h"

namespace tailor::search {

/// What became of one arch.
struct Evaluated {
  Arch arch;
  /// Larger is better. NaN when the arch breaks a limit: it is then never scored.
  double objective = std::numeric_limits<double>::quiet_NaN();
  /// 0 when every limit is met, else the sum of relative excesses.
  double violation = 0;
  /// What the objective is traded against, smaller is better: the first limit's value, or the
  /// trade-off metric where nothing is limited. NaN where there is neither, and for an arch that
  /// breaks a limit.
  double trade_off = std::numeric_limits<double>::quiet_NaN();

  bool feasible() const { return violation == 0; }
};

/// Look-ups of the limits. They are free: they count against no budget.
class Feasibility {
 public:
  virtual ~Feasibility() = default;
  /// out[i]: 0 when archs[i] meets every limit, else the sum of relative excesses.
  virtual void violations(std::span<const Arch> archs, std::span<double> out) const = 0;
};

/// What a strategy is made for. All outlive it; `only` null: the whole space.
/// The pointers may be null where a strategy is only described (Registry::describe).
struct StrategyContext {
  const SearchSpace* space = nullptr;
  const Restriction* only = nullptr;
  const Feasibility* limits = nullptr;
  int64_t seed = 0;
  /// For work that a strategy may do at once; empty: one after the other. What it proposes does not
  /// depend on it.
  ForEach for_each = {};
};

class Strategy {
 public:
  virtual ~Strategy() = default;
  /// Up to n archs that are worth scoring, inside the restriction, none twice. Fewer, or none, when
  /// nothing new is found in a bounded number of tries.
  virtual std::vector<Arch> ask(size_t n) = 0;
  /// Results in the order of asking; also of archs that the strategy did not ask for.
  virtual void tell(std::span<const Evaluated> evaluated) = 0;
  /// The state between a tell and the next ask, as text.
  virtual std::string save() const = 0;
  /// Goes on from a saved state. Throws IoError for a text that `save` did not write.
  virtual void load(const std::string& text) = 0;
};

using StrategyRegistry = Registry<Strategy, const StrategyContext&>;
/// search/builtin.cpp, the one list.
StrategyRegistry builtin_strategies();

/// A strategy that is chosen but not made yet.
struct StrategyChoice {
  std::string name;
  ConfigNode section;  ///< its options, defaults filled in
  std::function<std::unique_ptr<Strategy>(const StrategyContext&)> make;
};

/// The strategy that a section `{name: evolution, ...}` names; evolution where it names none.
/// Throws ConfigError for an unknown name, unknown options and values out of range.
StrategyChoice choose_strategy(const ConfigNode& section,
                               const StrategyRegistry& registry = builtin_strategies());

}  // namespace tailor::search
