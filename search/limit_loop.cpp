// Search, measure, learn.
#include "search/limit_loop.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "core/error.h"
#include "core/log.h"
#include "search/adjusted_latency.h"

namespace tailor::search {
namespace {

constexpr double kTarget = 0.985;  // of the limit: where candidates are looked for first

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
      constraint.limit.limit = kTarget * limit_;
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
    for (int64_t round = 1; round <= options_.rounds; ++round) {
      result_ = run_search(problem_, strategy_, driver_);
      if (winner_ && objective_of(result_.best.arch) <= objective_of(winner_->arch)) break;
      measure_new(candidates(), round);
      confirm_winner(round);
      log_round(round);
      if (winner_ && winner_->measured_ms >= options_.closest * limit_) break;
    }
    return finish();
  }

 private:
  /// The first of the front that were not measured, best first.
  std::vector<Arch> candidates() const {
    std::vector<Arch> out;
    for (const Scored& scored : result_.front) {
      if (static_cast<int64_t>(out.size()) == options_.candidates) break;
      if (times_measured(scored.arch) == 0) out.push_back(scored.arch);
    }
    return out;
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
    rows_.push_back(std::move(row));
    const MeasuredArch all = combined(rows_.back().arch);
    adjusted_.learn(all.arch, all.measured_ms, all.spread);
  }

  /// All measurements of one arch as one: their mean, an interval that covers every one of them.
  MeasuredArch combined(const Arch& arch) const {
    MeasuredArch out;
    double sum = 0, low = std::numeric_limits<double>::infinity(), high = 0, spread = 0;
    int64_t count = 0;
    for (const MeasuredArch& row : rows_) {
      if (row.arch != arch) continue;
      if (count++ == 0) out = row;
      sum += row.measured_ms;
      spread += row.spread;
      low = std::min(low, row.measured_ms);
      high = std::max(high, row.measured_ms);
    }
    out.measured_ms = sum / static_cast<double>(count);
    out.spread =
        std::max(spread / static_cast<double>(count), 0.5 * (high - low) / out.measured_ms);
    return out;
  }

  double objective_of(const Arch& arch) const { return estimate_one(*problem_.objective, arch); }

  int64_t times_measured(const Arch& arch) const {
    return std::count_if(rows_.begin(), rows_.end(),
                         [&](const MeasuredArch& row) { return row.arch == arch; });
  }

  bool holds(const MeasuredArch& row) const { return row.measured_ms * (1 + row.spread) <= limit_; }

  /// The best arch that holds the limit, by the objective.
  std::optional<MeasuredArch> best_holding() const {
    std::optional<MeasuredArch> best;
    double value = -std::numeric_limits<double>::infinity();
    std::set<Arch> seen;
    for (const MeasuredArch& row : rows_) {
      if (!seen.insert(row.arch).second) continue;
      const MeasuredArch all = combined(row.arch);
      if (!holds(all)) continue;
      const double objective = objective_of(row.arch);
      if (objective <= value) continue;
      value = objective;
      best = all;
    }
    return best;
  }

  /// Measures the best one anew, until the best one has been; no winner when none holds the limit.
  void confirm_winner(int64_t round) {
    while (true) {
      winner_ = best_holding();
      if (!winner_ || times_measured(winner_->arch) > 1) break;
      measure_new({winner_->arch}, round, "confirms");
    }
  }

  void log_round(int64_t round) const {
    if (!winner_) {
      log_info("search: round ", round, ": no candidate holds ", number(limit_), " ms");
      return;
    }
    log_info("search: round ", round, ": ", number(std::round(winner_->measured_ms * 1e4) / 1e4),
             " ms measured +-", number(std::round(winner_->spread * 1e3) / 10), " %, ",
             number(std::round(winner_->measured_ms / limit_ * 1e3) / 10), " % of the limit");
  }

  LimitLoop finish() {
    if (!winner_) {
      double least = std::numeric_limits<double>::infinity();
      for (const MeasuredArch& row : rows_) least = std::min(least, row.measured_ms);
      throw InfeasibleError(str("latency_ms <= ", limit_, ": none of ", rows_.size(),
                                " measured networks holds it; the fastest took ", least, " ms"));
    }
    for (MeasuredArch& row : rows_) {
      if (row.arch == winner_->arch) row.note = "winner";
    }
    if (on_measured_) on_measured_(rows_);
    return {winners_result(), rows_};
  }

  /// The last search's result, whose best is the winner with its measured latency.
  SearchResult winners_result() const {
    SearchResult out = result_;
    out.best = {winner_->arch, {}};
    for (const std::string& metric : out.metrics) out.best.values.push_back(value_of(metric));
    for (LimitResult& each : out.constraints) {
      if (each.limit.metric != "latency_ms") {
        each.value = value_of(each.limit.metric);
        continue;
      }
      each.limit.limit = limit_;
      each.value = winner_->measured_ms;
      each.satisfied = each.limit.satisfied(each.value);
    }
    return out;
  }

  double value_of(const std::string& metric) const {
    if (metric == problem_.objective->metric()) return objective_of(winner_->arch);
    for (const Constraint& constraint : problem_.constraints) {
      if (constraint.estimator->metric() == metric || problem_.column(constraint.limit) == metric) {
        return estimate_one(*constraint.estimator, winner_->arch);
      }
    }
    for (const Estimator* reported : problem_.reported) {
      if (reported->metric() == metric) return estimate_one(*reported, winner_->arch);
    }
    throw Error(str("no estimator of the result's metric '", metric, "'"));
  }

  Problem problem_;
  const Estimator& base_;
  AdjustedLatency adjusted_;
  const StrategyChoice& strategy_;
  const DriverOptions driver_;
  const LimitLoopOptions options_;
  const MeasureArchs& measure_;
  std::function<void(std::span<const MeasuredArch>)> on_measured_;
  double limit_ = 0;
  std::vector<MeasuredArch> rows_;
  std::optional<MeasuredArch> winner_;
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
