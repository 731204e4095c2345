// Search, measure, learn.
#include "search/limit_loop.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "core/error.h"
#include "core/log.h"
#include "core/rounded.h"
#include "search/adjusted_latency.h"
#include "search/mean_latency.h"

namespace tailor::search {
namespace {

constexpr int64_t kMostMeasured = 4;         // times one network is measured
constexpr size_t kAtOnce = 3;                // networks measured again side by side
constexpr int64_t kMostIdle = 2;             // searches in a row that find nothing better
constexpr double kOneSided = 1.645 / 1.960;  // "above the limit" is on one side of the interval

class Loop {
 public:
  Loop(const Problem& problem, const Estimator& latency, const StrategyChoice& strategy,
       const DriverOptions& driver, const LimitLoopOptions& options, const MeasureArchs& measure)
      : problem_(problem),
        base_(latency),
        adjusted_(latency),
        strategy_(strategy),
        driver_(driver),
        options_(options),
        measure_(measure) {
    for (Constraint& constraint : problem_.constraints) {
      if (constraint.estimator != &latency) continue;
      limit_ = constraint.limit.limit;
      constraint = {constraint.limit, &adjusted_};
    }
    if (!(limit_ > 0)) throw Error("a search in a loop with the device needs a latency limit");
    for (auto& reported : problem_.reported) {
      if (reported == &latency) reported = &adjusted_;
    }
  }

  void know(std::vector<MeasuredArch> rows) {
    for (MeasuredArch& row : rows) keep(std::move(row));
  }

  LimitLoop run(const std::function<void(std::span<const MeasuredArch>)>& on_measured) {
    on_measured_ = on_measured;
    int64_t idle = 0;
    for (int64_t round = 1; round <= options_.rounds && idle < kMostIdle; ++round) {
      aim();
      result_ = run_search(problem_, strategy_, driver_);
      ++driver_.seed;  // what one search misses another may find
      const std::vector<Arch> archs = candidates();
      idle = archs.empty() ? idle + 1 : 0;
      measure_new(archs, round);
      confirm(round);
      log_round(round);
      if (winner_ && figures_.of(*winner_).ms >= options_.closest * limit_) break;
    }
    return finish();
  }

 private:
  /// Searches below the limit by as much as the best measured network will be uncertain.
  void aim() {
    const double uncertain = kOneSided * figures_.expected_spread(kMostMeasured);
    for (Constraint& constraint : problem_.constraints) {
      if (constraint.estimator == &adjusted_) constraint.limit.limit = limit_ / (1 + uncertain);
    }
  }

  /// The first of the front that were not measured and are better than the winner, best first.
  std::vector<Arch> candidates() const {
    std::vector<Arch> out;
    for (const Scored& scored : result_.front) {
      if (static_cast<int64_t>(out.size()) == options_.candidates) break;
      if (figures_.count(scored.arch) == 0 && better(scored.arch)) out.push_back(scored.arch);
    }
    return out;
  }

  bool better(const Arch& arch) const {
    return !winner_ || objective_of(arch) > objective_of(*winner_);
  }

  /// Within the restriction and the other limits? A search's archs are; those that were known need
  /// not be.
  bool allowed(const Arch& arch) const {
    if (problem_.only && !problem_.space.allows(*problem_.only, arch)) return false;
    return std::all_of(problem_.constraints.begin(), problem_.constraints.end(),
                       [&](const Constraint& each) {
                         return each.estimator == &adjusted_ ||
                                each.limit.satisfied(estimate_one(*each.estimator, arch));
                       });
  }

  void measure_new(const std::vector<Arch>& archs, int64_t round, const char* note = "") {
    if (archs.empty()) return;
    std::vector<MeasuredArch> rows;
    for (const Arch& arch : archs) {
      rows.push_back(
          {.round = round, .arch = arch, .predicted_ms = estimate_one(base_, arch), .note = note});
    }
    measure_(rows);
    for (MeasuredArch& row : rows) keep(std::move(row));
    if (on_measured_) on_measured_(rows_);
  }

  void keep(MeasuredArch row) {
    figures_.add(row.arch, row.measured_ms, row.spread);
    const MeanLatency::Figure figure = figures_.of(row.arch);
    adjusted_.learn(row.arch, figure.ms, figure.spread);
    rows_.push_back(std::move(row));
  }

  double objective_of(const Arch& arch) const { return estimate_one(*problem_.objective, arch); }

  bool holds(const MeanLatency::Figure& figure) const {
    return figure.ms * (1 + kOneSided * figure.spread) <= limit_;
  }

  /// Every measured arch that is allowed and that `keep` takes, best first by the objective.
  std::vector<Arch> best_first(const std::function<bool(const Arch&)>& keep) const {
    std::set<Arch> seen;
    std::vector<std::pair<double, Arch>> order;
    for (const MeasuredArch& row : rows_) {
      if (!seen.insert(row.arch).second || !allowed(row.arch) || !keep(row.arch)) continue;
      order.emplace_back(-objective_of(row.arch), row.arch);
    }
    std::sort(order.begin(), order.end());
    std::vector<Arch> out;
    for (const auto& [negative, arch] : order) out.push_back(arch);
    return out;
  }

  /// Measures again what is better than the winner and may hold the limit, until nothing is left
  /// to find out; no winner where nothing holds.
  void confirm(int64_t round) {
    while (true) {
      const std::vector<Arch> holding = best_first(
          [&](const Arch& arch) { return figures_.count(arch) > 1 && holds(figures_.of(arch)); });
      winner_ = holding.empty() ? std::nullopt : std::optional(holding.front());
      std::vector<Arch> open = best_first([&](const Arch& arch) {
        return figures_.count(arch) < kMostMeasured && better(arch) &&
               holds(figures_.after(arch, kMostMeasured));
      });
      if (open.empty()) break;
      if (open.size() > kAtOnce) open.resize(kAtOnce);
      measure_new(open, round, "confirms");
    }
  }

  void log_round(int64_t round) const {
    if (!winner_) {
      log_info("search: round ", round, ": no candidate holds ", number(limit_), " ms");
      return;
    }
    const MeanLatency::Figure figure = figures_.of(*winner_);
    log_info("search: round ", round, ": ", rounded(figure.ms, 4), " ms measured +-",
             number(std::round(figure.spread * 1e3) / 10), " %, ",
             number(std::round(figure.ms / limit_ * 1e3) / 10), " % of the limit");
  }

  LimitLoop finish() {
    if (!winner_) {
      double least = std::numeric_limits<double>::infinity();
      for (const MeasuredArch& row : rows_) least = std::min(least, row.measured_ms);
      throw InfeasibleError(str("latency_ms <= ", limit_, ": none of ", rows_.size(),
                                " measured networks holds it; the fastest took ", least, " ms"));
    }
    for (MeasuredArch& row : rows_) {
      if (row.arch == *winner_) row.note = "winner";
    }
    if (on_measured_) on_measured_(rows_);
    return {winners_result(), rows_};
  }

  /// The last search's result, whose best is the winner with its measured latency.
  SearchResult winners_result() const {
    SearchResult out = result_;
    out.best = {*winner_, {}};
    for (const std::string& metric : out.metrics) out.best.values.push_back(value_of(metric));
    for (LimitResult& each : out.constraints) {
      if (each.limit.metric != "latency_ms") {
        each.value = value_of(each.limit.metric);
        continue;
      }
      each.limit.limit = limit_;
      each.value = figures_.of(*winner_).ms;
      each.satisfied = each.limit.satisfied(each.value);
    }
    return out;
  }

  double value_of(const std::string& metric) const {
    if (metric == problem_.objective->metric()) return objective_of(*winner_);
    for (const Constraint& constraint : problem_.constraints) {
      if (constraint.estimator->metric() == metric || problem_.column(constraint.limit) == metric) {
        return estimate_one(*constraint.estimator, *winner_);
      }
    }
    for (const Estimator* reported : problem_.reported) {
      if (reported->metric() == metric) return estimate_one(*reported, *winner_);
    }
    throw Error(str("no estimator of the result's metric '", metric, "'"));
  }

  Problem problem_;
  const Estimator& base_;
  AdjustedLatency adjusted_;
  const StrategyChoice& strategy_;
  DriverOptions driver_;
  const LimitLoopOptions options_;
  const MeasureArchs& measure_;
  std::function<void(std::span<const MeasuredArch>)> on_measured_;
  double limit_ = 0;
  std::vector<MeasuredArch> rows_;
  MeanLatency figures_;
  std::optional<Arch> winner_;
  SearchResult result_;
};

}  // namespace

LimitLoopOptions LimitLoopOptions::read(const ConfigNode& section) {
  LimitLoopOptions o;
  section.read("rounds", o.rounds,
               {.min = 0,
                .max = 100,
                .doc = "most searches, each learning from networks measured after the one before; "
                       "0: nothing is measured"});
  section.read("candidates", o.candidates,
               {.min = 1, .max = 1000, .doc = "networks measured after each search"});
  section.read("closest", o.closest,
               {.min = 0, .max = 1, .doc = "done when the winner takes this share of the limit"});
  section.finish();
  return o;
}

LimitLoop search_within_limit(
    const Problem& problem, const Estimator& latency, const StrategyChoice& strategy,
    const DriverOptions& driver, const LimitLoopOptions& options, const MeasureArchs& measure,
    std::vector<MeasuredArch> known,
    const std::function<void(std::span<const MeasuredArch>)>& on_measured) {
  Loop loop(problem, latency, strategy, driver, options, measure);
  loop.know(std::move(known));
  return loop.run(on_measured);
}

}  // namespace tailor::search
