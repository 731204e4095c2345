// From a search problem to an exact one, and back.
#include "search/exact_search.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <set>
#include <utility>

#include "core/error.h"
#include "core/log.h"
#include "search/exact/exact.h"
#include "search/make_result.h"
#include "search/scorer.h"

namespace tailor::search {
namespace {

/// Times that a limit is lowered by a last digit because an estimator adds up in another order than
/// its tables do.
constexpr int kMostTightenings = 20;

/// The sum of tables that an estimator is. Throws ConfigError where it is none.
FactorSum tables_of(const Estimator& estimator, const Problem& problem,
                    const StrategyChoice& strategy) {
  std::optional<FactorSum> sum = estimator.factor_sum(problem.restriction());
  if (sum) return std::move(*sum);
  throw ConfigError(
      str(strategy.section.where("name"), "the strategy 'exact' needs every metric ",
          "as a sum of tables over a few axes, and the estimator of ", estimator.metric(),
          " is none; use a linear predictor and a latency table, or another strategy"));
}

class ExactSearch {
 public:
  ExactSearch(const Problem& problem, const StrategyChoice& strategy, const DriverOptions& options)
      : problem_(problem),
        strategy_(strategy),
        options_(options),
        own_(ExactSearchOptions::read(strategy.section)),
        scorer_(problem_) {}

  SearchResult run() {
    if (!options_.sweep) return under_limits();
    Limit& limit = problem_.constraints[options_.sweep->constraint].limit;
    std::vector<LimitBest> by_limit;
    std::vector<Scored> front;
    SearchResult out;
    for (const double each : options_.sweep->limits) {
      limit.limit = each;
      std::vector<HistoryRow> history = std::move(out.history);
      const int64_t before = out.evaluations;
      out = under_limits();
      by_limit.push_back({limit, out.best});
      front.insert(front.end(), out.front.begin(), out.front.end());
      out.evaluations += before;
      out.history.front().generation = std::ssize(history);
      out.history.front().evaluations = out.evaluations;
      history.push_back(out.history.front());
      out.history = std::move(history);
    }
    out.by_limit = std::move(by_limit);
    out.front = front_of(std::move(front));
    return out;
  }

 private:
  /// Of the searches under all limits of a sweep: what no other beats, each once.
  std::vector<Scored> front_of(std::vector<Scored> all) const {
    std::vector<Record> records;
    std::set<Arch> seen;
    const auto limits = static_cast<ptrdiff_t>(problem_.constraints.size());
    for (const Scored& each : all) {
      if (!seen.insert(each.arch).second) continue;
      const auto tracked = each.values.begin() + 1;
      records.push_back({each.arch, each.values[0], {tracked, tracked + limits}});
    }
    return make_result(problem_, scorer_, records).front;
  }

  SearchResult under_limits() {
    tightened_ = false;
    ExactProblem exact{problem_.space,
                       problem_.restriction(),
                       tables_of(*problem_.objective, problem_, strategy_),
                       {}};
    for (const Constraint& c : problem_.constraints) {
      exact.costs.push_back({tables_of(*c.estimator, problem_, strategy_), c.limit.limit});
    }
    const ExactResult found = solve(exact);
    std::vector<Arch> archs;
    for (const ExactSolution& solution : found.solutions) archs.push_back(solution.arch);
    const size_t solutions = archs.size();
    const bool fronts = own_.best == 1 && found.points > 0 && !options_.sweep;
    if (fronts) add_trade_off(std::move(exact), archs);
    return result(found, archs, solutions);
  }

  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
  }
  /// What is left of the budget; 0 for no limit.
  double seconds_left() const {
    return options_.seconds > 0 ? std::max(1e-3, options_.seconds - seconds()) : 0;
  }

  ExactResult solve(ExactProblem& exact) {
    try {
      return near_limits(exact);
    } catch (const NoSolution& error) {
      fail(error);
    }
  }

  /// Solutions that take their share of every limit; where there are none, any within the limits.
  ExactResult near_limits(ExactProblem& exact) {
    if (own_.closest == 0) return within_limits(exact);
    ExactProblem near = exact;
    for (const ExactCost& cost : exact.costs) {
      near.costs.push_back({negated(cost.sum), -own_.closest * cost.limit});
    }
    try {
      return within_limits(near);
    } catch (const NoSolution&) {
      log_warning("search: no subnet takes ", 100 * own_.closest, " % of every limit");
      return within_limits(exact);
    }
  }

  FactorSum negated(const FactorSum& sum) const {
    std::vector<Factor> factors = sum.factors();
    for (Factor& factor : factors) {
      for (double& value : factor.values) value = -value;
    }
    return FactorSum(problem_.space, -sum.constant(), std::move(factors));
  }

  /// Solutions that keep the limits as the estimators themselves tell them. Throws NoSolution.
  ExactResult within_limits(ExactProblem& exact) {
    double bound = std::numeric_limits<double>::quiet_NaN();
    for (int k = 0; k < kMostTightenings; ++k) {
      ExactResult found = solve_exact(exact, {own_.best, own_.differ, seconds_left()});
      if (k == 0) bound = found.upper_bound;
      found.upper_bound = bound;
      if (!tighten(exact, found)) return found;
      tightened_ = true;
    }
    throw Error("estimators and their tables disagree by more than rounding on limits");
  }

  [[noreturn]] void fail(const NoSolution& error) const {
    const std::vector<Constraint>& all = problem_.constraints;
    const std::string advice = problem_.space.axis_index("r", 0) >= 0 ? " or lower resolution" : "";
    if (error.cost < all.size()) {
      const Limit& limit = all[error.cost].limit;
      throw InfeasibleError(str("no subnet of '", problem_.space.name(), "' has ", limit.text(),
                                ": the smallest of all is ",
                                with_unit(error.smallest_value, limit.metric), "; raise the limit",
                                advice));
    }
    std::vector<std::string> limits;
    for (const Constraint& c : all) limits.push_back(c.limit.text());
    throw InfeasibleError(all.empty() ? std::string(error.what())
                                      : str("no subnet of '", problem_.space.name(), "' has ",
                                            join(limits, " and "), " together, though each alone ",
                                            "can be met; raise a limit", advice));
  }

  /// Lowers the limits that a solution breaks in its estimator's own arithmetic.
  bool tighten(ExactProblem& exact, const ExactResult& found) const {
    bool any = false;
    for (const ExactSolution& solution : found.solutions) {
      const std::vector<double> values = scorer_.constraint_values({&solution.arch, 1});
      for (size_t c = 0; c < values.size(); ++c) {
        if (problem_.constraints[c].limit.satisfied(values[c])) continue;
        const double below = std::nextafter(exact.costs[c].sum(solution.arch),
                                            -std::numeric_limits<double>::infinity());
        exact.costs[c].limit = std::min(exact.costs[c].limit, below);
        any = true;
      }
    }
    return any;
  }

  /// Adds the best arch for each of some lower limits on the trade-off metric.
  void add_trade_off(ExactProblem exact, std::vector<Arch>& archs) const {
    if (own_.front == 0 || problem_.constraints.size() > 1 || !problem_.trade_off()) return;
    if (exact.costs.empty()) {
      std::optional<FactorSum> sum = problem_.trade_off()->factor_sum(problem_.restriction());
      if (!sum) return;
      exact.costs.push_back({std::move(*sum), 0});
    }
    const double high = exact.costs[0].sum(archs.front());
    const double low = smallest(exact);
    for (int64_t k = 0; k < own_.front; ++k) {
      if (options_.seconds > 0 && seconds() >= options_.seconds) return;
      exact.costs[0].limit =
          low + (high - low) * static_cast<double>(k) / static_cast<double>(own_.front);
      archs.push_back(solve_exact(exact).solutions.front().arch);
    }
  }

  static double smallest(ExactProblem exact) {
    exact.costs[0].limit = -std::numeric_limits<double>::infinity();
    try {
      solve_exact(exact);
    } catch (const NoSolution& error) {
      return error.smallest_value;
    }
    throw Error("a cost of -infinity");
  }

  std::vector<Record> records(const std::vector<Arch>& archs) const {
    const std::vector<double> objective = scorer_.values(*problem_.objective, archs);
    const size_t width = problem_.constraints.size();
    const std::vector<double> costs = scorer_.constraint_values(archs);
    std::vector<double> trade;
    if (width == 0 && problem_.trade_off()) trade = scorer_.values(*problem_.trade_off(), archs);
    std::vector<Record> out;
    for (size_t i = 0; i < archs.size(); ++i) {
      const auto own = std::span(costs).subspan(i * width, width);
      Record& record = out.emplace_back(Record{archs[i], objective[i], {own.begin(), own.end()}});
      if (!trade.empty()) record.tracked.push_back(trade[i]);
    }
    return out;
  }

  SearchResult result(const ExactResult& found, const std::vector<Arch>& archs, size_t solutions) {
    std::vector<Record> all = records(archs);
    SearchResult out = make_result(problem_, scorer_, std::span(all).first(solutions));
    if (solutions == 1) {
      out.front = make_result(problem_, scorer_, all).front;
    } else {
      out.front.clear();
      for (const Record& record : all) {
        out.front.push_back(make_result(problem_, scorer_, {&record, 1}).best);
      }
    }
    const double best = out.best.values[0];
    out.upper_bound = found.optimal && !tightened_ ? best : std::max(best, found.upper_bound);
    out.gap = *out.upper_bound - best;
    out.evaluations = static_cast<int64_t>(all.size());
    out.history = {{.generation = 0,
                    .evaluations = out.evaluations,
                    .best = best,
                    .scored = out.evaluations,
                    .infeasible = 0,
                    .mean = mean(all)}};
    out.strategy = strategy_.name;
    out.seed = options_.seed;
    out.seconds = seconds();
    out.stopped = found.optimal ? "proven" : "seconds";
    return out;
  }

  static double mean(const std::vector<Record>& all) {
    double sum = 0;
    for (const Record& record : all) sum += record.objective;
    return sum / static_cast<double>(all.size());
  }

  Problem problem_;  // its limit changes in a sweep
  const StrategyChoice& strategy_;
  const DriverOptions& options_;
  const ExactSearchOptions own_;
  const Scorer scorer_;
  bool tightened_ = false;
  const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

}  // namespace

ExactSearchOptions ExactSearchOptions::read(const ConfigNode& section) {
  ExactSearchOptions o;
  section.read("best", o.best,
               {.min = 1, .max = 1000, .doc = "how many solutions, the best ones there are"});
  section.read("differ", o.differ,
               {.min = 0,
                .max = 1000,
                .doc = "slots in which each solution differs from every better one, at least"});
  section.read("front", o.front,
               {.min = 0,
                .max = 1000,
                .doc = "with one solution: lower limits, evenly spaced, that are solved as well "
                       "for the front"});
  section.read("closest", o.closest,
               {.min = 0,
                .max = 1,
                .doc = "least share of every limit that a solution takes, where an arch does at "
                       "all: for an objective that does not grow with what a network costs, as "
                       "log_probability; 0: any"});
  section.finish();
  return o;
}

SearchResult run_exact(const Problem& problem, const StrategyChoice& strategy,
                       const DriverOptions& options) {
  return ExactSearch(problem, strategy, options).run();
}

}  // namespace tailor::search
