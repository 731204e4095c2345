// Which way to solve a problem, and in what time.
#include "search/exact/exact.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <limits>
#include <optional>

#include "core/interrupt.h"
#include "search/exact/decomposed.h"
#include "search/exact/integer_programme.h"
#include "search/exact/surrogate.h"

namespace tailor::search {
namespace {

using namespace exact;

/// Points (24 bytes each) that a decomposition may keep before the problem goes to the integer
/// programme.
constexpr size_t kMostPoints = 8'000'000;
/// Ranked solutions that are looked through for ones that differ enough.
constexpr int64_t kMostRanked = 4096;

class Clock {
 public:
  explicit Clock(double seconds) : seconds_(seconds) {}
  bool limited() const { return seconds_ > 0; }
  double left() const {
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - began_;
    return limited() ? seconds_ - spent.count() : kInfinity;
  }

 private:
  const double seconds_;
  const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

/// Axes whose codes differ.
int64_t distance(const Arch& a, const Arch& b) {
  int64_t out = 0;
  for (size_t i = 0; i < a.size(); ++i) out += a[i] != b[i];
  return out;
}

class Solver {
 public:
  Solver(const ExactProblem& problem, const ExactOptions& options)
      : problem_(problem), options_(options), clock_(options.seconds), terms_(problem) {}

  ExactResult solve() {
    check_each_cost();
    std::optional<ExactResult> out;
    if (!options_.only_programme) {
      out = problem_.costs.size() <= 1 ? by_decomposition() : by_surrogate();
    }
    if (!out) out = by_programme();
    if (out->solutions.empty()) fail_together();
    if (out->optimal) out->upper_bound = out->solutions.front().objective;
    return std::move(*out);
  }

  /// Throws NoSolution for the first cost that no arch keeps.
  void check_each_cost() const {
    if (problem_.costs.size() <= 1) return;  // by_decomposition does it
    for (size_t c = 0; c < problem_.costs.size(); ++c) {
      if (const auto d = decompose(terms_, c)) check_cost(*d, c);
    }
  }

  /// Throws NoSolution unless an arch keeps the cost surely, or to rounding.
  void check_cost(const Decomposition& d, size_t cost) const {
    if (d.root.hull.empty()) fail_together();
    if (cost >= problem_.costs.size()) return;
    const double slack = terms_.exact[1 + cost] ? 0 : terms_.slack[1 + cost];
    if (d.root.hull.corners().front().cost > problem_.costs[cost].limit + slack) fail(d, cost);
  }

  [[noreturn]] void fail(const Decomposition& d, size_t cost) const {
    const double smallest = problem_.costs[cost].sum(cheapest(terms_, d));
    throw NoSolution(str("no arch of '", problem_.space.name(), "' has a cost of at most ",
                         problem_.costs[cost].limit, ": the smallest is ", smallest),
                     cost, smallest);
  }

  /// Nothing was found: names the cost that no arch keeps, if one alone is to blame.
  [[noreturn]] void fail_together() const {
    const size_t n = problem_.costs.size();
    for (size_t c = 0; c < n; ++c) {
      const auto d = decompose(terms_, c);
      if (!d || d->root.hull.empty()) break;
      const auto alone = best_by_decomposition(terms_, *d, c, 1, [](size_t) { return false; });
      if (alone && alone->solutions.empty()) fail(*d, c);
    }
    const std::string what = n == 0 ? "with finite entries" : "within the limits";
    throw NoSolution(str("there is no arch of '", problem_.space.name(), "' ", what), n,
                     std::nan(""));
  }

  bool stop(size_t points) const {
    throw_if_interrupted();
    return points > kMostPoints || clock_.left() <= 0;
  }

  std::optional<ExactResult> by_decomposition() const {
    const auto d = decompose(terms_, 0);
    if (!d) return std::nullopt;
    check_cost(*d, 0);
    const bool spread = options_.differ > 1 && options_.best > 1;
    return best_accepted(
        terms_, *d, 0, options_.best, spread ? 8 * options_.best : options_.best,
        spread ? std::max(kMostRanked, 8 * options_.best) : options_.best,
        [this](const Arch& arch, const auto& taken) { return differs(arch, taken); },
        [this](size_t points) { return stop(points); });
  }

  std::optional<ExactResult> by_surrogate() const {
    return best_by_surrogate(
        terms_, options_.best,
        [this](const Arch& arch, const auto& taken) {
          return keeps_limits(arch) && differs(arch, taken);
        },
        [this](size_t points) { return stop(points); });
  }

  bool differs(const Arch& arch, const std::vector<ExactSolution>& taken) const {
    return std::all_of(taken.begin(), taken.end(), [&](const ExactSolution& other) {
      return distance(arch, other.arch) >= options_.differ;
    });
  }

  bool keeps_limits(const Arch& arch) const {
    return std::all_of(problem_.costs.begin(), problem_.costs.end(),
                       [&](const ExactCost& cost) { return cost.sum(arch) <= cost.limit; });
  }

  ExactResult by_programme() const {
    IntegerProgramme programme(terms_);
    ExactResult out;
    out.optimal = true;
    out.upper_bound = kInfinity;
    while (static_cast<int64_t>(out.solutions.size()) < options_.best) {
      const double left = clock_.left();
      const auto answer =
          left > 0 ? programme.solve(clock_.limited() ? left : 0) : IntegerProgramme::Answer{};
      if (out.solutions.empty() && left > 0) {
        out.upper_bound = std::min(out.upper_bound, answer.bound);
      }
      out.optimal = answer.done;
      if (answer.arch && keeps_limits(*answer.arch)) {
        out.solutions.push_back({*answer.arch, problem_.objective(*answer.arch)});
        programme.keep_away(*answer.arch, options_.differ);
      } else if (answer.arch) {
        programme.keep_away(*answer.arch, 1);  // breaks a limit by rounding
        continue;
      }
      if (!answer.done || !answer.arch) break;
    }
    if (out.solutions.empty() && !out.optimal) {
      throw Error(str("exact search of '", problem_.space.name(), "' found no arch in ",
                      options_.seconds, " s; allow more time"));
    }
    return out;
  }

  const ExactProblem& problem_;
  const ExactOptions& options_;
  const Clock clock_;
  const Terms terms_;
};

}  // namespace

ExactResult solve_exact(const ExactProblem& problem, const ExactOptions& options) {
  TAILOR_CHECK(options.best >= 1 && options.differ >= 0 && options.seconds >= 0,
               "options of an exact search are not negative");
  return Solver(problem, options).solve();
}

}  // namespace tailor::search
