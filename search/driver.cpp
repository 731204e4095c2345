// The loop over generations.
#include "search/driver.h"

#include <tbb/task_arena.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <memory>

#include "core/error.h"
#include "core/file.h"
#include "core/interrupt.h"
#include "core/log.h"
#include "search/arch_index.h"
#include "search/exact_search.h"
#include "search/feasible_start.h"
#include "search/fingerprint.h"
#include "search/make_result.h"
#include "search/moves.h"
#include "search/scorer.h"
#include "search/snapshot.h"

namespace tailor::search {
namespace {

using Clock = std::chrono::steady_clock;

/// Generations in a row without a new arch after which the search ends.
constexpr int64_t kMostIdle = 10;
/// Room for evaluations that is made at once.
constexpr int64_t kMostReserved = 1'000'000;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

int thread_count(int asked) { return asked > 0 ? asked : tbb::this_task_arena::max_concurrency(); }

void check_options(const DriverOptions& o) {
  TAILOR_CHECK(o.evaluations >= 1 && o.batch >= 1, "budget and batch are at least 1");
  TAILOR_CHECK(o.seconds >= 0 && o.stagnation >= 0 && o.threads >= 0, "options are not negative");
}

class Search {
 public:
  Search(const Problem& problem, const StrategyChoice& choice, const DriverOptions& options)
      : problem_(problem),
        choice_(choice),
        options_(options),
        threads_(thread_count(options.threads)),
        for_each_(on_threads(threads_)),
        scorer_(problem_, for_each_),
        moves_(problem_.space, problem_.restriction()),
        strategy_(choice.make(
            {&problem_.space, problem_.restriction(), &scorer_, options.seed, for_each_})),
        progress_("search", options.evaluations, "archs") {}

  SearchResult run() {
    begin();
    std::string stopped;
    while ((stopped = reason_to_stop()).empty() || next_limit()) {
      if (stopped.empty()) generation();
      if (interrupted()) save();
      throw_if_interrupted();
      if (seconds_since(saved_) >= options_.snapshot_seconds) save();
    }
    progress_.finish(note());
    SearchResult out = make_result(problem_, scorer_, state_.records);
    out.strategy = choice_.name;
    out.seed = options_.seed;
    out.history = state_.history;
    if (options_.sweep) {
      out.by_limit = best_by_limit(problem_, *options_.sweep, scorer_, state_.records);
    }
    out.seconds = seconds();
    out.threads = threads_;
    out.stopped = stopped;
    if (!options_.snapshot.empty()) std::filesystem::remove(options_.snapshot);
    return out;
  }

 private:
  int64_t evaluations() const { return static_cast<int64_t>(state_.records.size()); }
  double seconds() const { return state_.seconds + seconds_since(began_); }

  std::string note() const {
    return str("best ", problem_.objective->metric(), " ", state_.history.back().best);
  }

  /// How much of a budget is spent when the present limit is done.
  template <class Budget>
  Budget share(Budget budget) const {
    if (!options_.sweep) return budget;
    return budget * static_cast<Budget>(state_.limit + 1) /
           static_cast<Budget>(options_.sweep->limits.size());
  }

  void use_limit() {
    if (!options_.sweep) return;
    problem_.constraints[options_.sweep->constraint].limit.limit =
        options_.sweep->limits[static_cast<size_t>(state_.limit)];
  }

  /// Goes on to the sweep's next limit; false when there is none.
  bool next_limit() {
    if (!options_.sweep || state_.limit + 1 >= std::ssize(options_.sweep->limits)) return false;
    ++state_.limit;
    state_.idle = 0, state_.improved_at = evaluations();
    use_limit();
    return true;
  }

  void begin() {
    index_.reserve(static_cast<size_t>(std::min(options_.evaluations, kMostReserved)));
    use_limit();
    const Rng rng(static_cast<uint64_t>(options_.seed));
    const Arch start = feasible_start(problem_, moves_, scorer_, rng);
    if (!options_.snapshot.empty() && file_exists(options_.snapshot)) return resume();
    state_.problem = search_fingerprint(problem_, choice_, options_);
    tell({start});
    progress_.update(evaluations(), note());
  }

  void resume() {
    state_ = Snapshot::parse(problem_.space, read_file(options_.snapshot), options_.snapshot);
    const size_t width =
        problem_.trade_off() ? std::max<size_t>(1, problem_.constraints.size()) : 0;
    bool fits = state_.problem == search_fingerprint(problem_, choice_, options_) &&
                !state_.records.empty() && !state_.history.empty();
    if (options_.sweep) fits = fits && state_.limit < std::ssize(options_.sweep->limits);
    for (const Record& record : state_.records) fits = fits && record.tracked.size() == width;
    if (!fits) {
      throw IoError(str(options_.snapshot,
                        ": is of another search (space, limits, seed or strategy ",
                        "differ); remove the file to begin anew"));
    }
    for (size_t i = 0; i < state_.records.size(); ++i) place_of(state_.records[i].arch, i);
    use_limit();
    strategy_->load(state_.strategy);
    log_info("search goes on after ", evaluations(), " evaluations");
    progress_.start_at(evaluations());
  }

  void save() {
    if (options_.snapshot.empty()) return;
    Snapshot now = state_;
    now.seconds = seconds();
    now.strategy = strategy_->save();
    write_file(options_.snapshot, now.text());
    saved_ = Clock::now();
  }

  std::string reason_to_stop() const {
    if (evaluations() >= share(options_.evaluations)) return "evaluations";
    if (options_.seconds > 0 && seconds() >= share(options_.seconds)) return "seconds";
    const bool stale = evaluations() - state_.improved_at >= options_.stagnation;
    if (options_.stagnation > 0 && stale) return "stagnation";
    return state_.idle >= kMostIdle ? "nothing new" : "";
  }

  void generation() {
    const int64_t left = share(options_.evaluations) - evaluations();
    const auto n = static_cast<size_t>(std::min(options_.batch, left));
    const std::vector<Arch> archs = strategy_->ask(n);
    TAILOR_CHECK(archs.size() <= n, "strategy '", choice_.name, "' gave more archs than asked for");
    for (const Arch& arch : archs) {
      TAILOR_CHECK(moves_.allows(arch), "strategy '", choice_.name, "' left the restriction");
    }
    tell(archs);
    progress_.update(evaluations(), note());
  }

  size_t place_of(const Arch& arch, size_t place) {
    return index_.insert(arch, place,
                         [this](size_t i) -> const Arch& { return state_.records[i].arch; });
  }

  /// Scores what is new and meets the limits, and tells the strategy about all of them.
  void tell(const std::vector<Arch>& archs) {
    const size_t width = problem_.constraints.size(), before = state_.records.size();
    const std::vector<double> values = scorer_.constraint_values(archs);
    std::vector<Evaluated> told;
    std::vector<size_t> places;
    told.reserve(archs.size());
    HistoryRow row;
    for (size_t i = 0; i < archs.size(); ++i) {
      const auto own = std::span(values).subspan(i * width, width);
      told.push_back({archs[i], std::nan(""), violation(problem_.constraints, own)});
      places.push_back(ArchIndex::kNone);
      row.infeasible += !told.back().feasible();
      if (!told.back().feasible()) continue;
      const size_t known = place_of(archs[i], state_.records.size());
      places.back() = known == ArchIndex::kNone ? state_.records.size() : known;
      if (known != ArchIndex::kNone) continue;
      state_.records.push_back({archs[i], 0, std::vector<double>(own.begin(), own.end())});
    }
    row.scored = static_cast<int64_t>(state_.records.size() - before);
    row.mean = score(before);
    for (size_t i = 0; i < told.size(); ++i) {
      if (places[i] == ArchIndex::kNone) continue;
      const Record& record = state_.records[places[i]];
      told[i].objective = record.objective;
      if (!record.tracked.empty()) told[i].trade_off = record.tracked[0];
    }
    strategy_->tell(told);
    close(row);
  }

  /// Fills in the objective of the records from `first` on; returns its mean, NaN without any. An
  /// estimator that fails ends the search; its snapshot is of the generation before.
  double score(size_t first) {
    std::vector<Arch> archs;
    for (size_t i = first; i < state_.records.size(); ++i) archs.push_back(state_.records[i].arch);
    if (archs.empty()) return std::nan("");
    const std::vector<double> objective = scorer_.values(*problem_.objective, archs);
    std::vector<double> trade;
    const Estimator* trade_off = problem_.constraints.empty() ? problem_.trade_off() : nullptr;
    if (trade_off) trade = scorer_.values(*trade_off, archs);
    double sum = 0;
    for (size_t i = 0; i < archs.size(); ++i) {
      Record& record = state_.records[first + i];
      record.objective = objective[i];
      if (trade_off) record.tracked.push_back(trade[i]);
      sum += objective[i];
    }
    return sum / static_cast<double>(archs.size());
  }

  void close(HistoryRow row) {
    row.generation = static_cast<int64_t>(state_.history.size());
    row.evaluations = evaluations();
    const bool first = state_.history.empty();
    row.best = first ? state_.records.front().objective : state_.history.back().best;
    const size_t before = state_.records.size() - static_cast<size_t>(row.scored);
    for (size_t i = before; i < state_.records.size(); ++i) {
      if (state_.records[i].objective <= row.best && !(first && i == 0)) continue;
      row.best = state_.records[i].objective;
      state_.improved_at = static_cast<int64_t>(i) + 1;
    }
    state_.idle = row.scored > 0 ? 0 : state_.idle + 1;
    state_.history.push_back(row);
  }

  Problem problem_;  // its limit changes in a sweep
  const StrategyChoice& choice_;
  const DriverOptions& options_;
  const int threads_;
  ForEach for_each_;
  Scorer scorer_;
  Moves moves_;
  std::unique_ptr<Strategy> strategy_;
  Progress progress_;
  Snapshot state_;   // its strategy text is filled when saving
  ArchIndex index_;  // of the records
  Clock::time_point began_ = Clock::now(), saved_ = Clock::now();
};

}  // namespace

SearchResult run_search(const Problem& problem, const StrategyChoice& strategy,
                        const DriverOptions& options) {
  problem.check();
  check_options(options);
  if (options.sweep) options.sweep->check(problem);
  if (strategy.name == kExactStrategy) return run_exact(problem, strategy, options);
  return Search(problem, strategy, options).run();
}

}  // namespace tailor::search
