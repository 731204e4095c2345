#include "search/exact_search.h"

#include <algorithm>

#include "core/error.h"
#include "core/interrupt.h"
#include "search/function_estimator.h"
#include "tests/support/error_text.h"
#include "tests/support/random_tables.h"
#include "tests/support/toy_space.h"

#include "tests/support/catch.h"

namespace tailor::search {
namespace {

using test::error_text;

StrategyChoice exact_choice(const std::string& options = "") {
  return choose_strategy(ConfigNode::parse("{name: exact" + options + "}", "s.yaml"));
}

struct Setting {
  test::ToySpace space{1};
  Rng rng{21};
  FactorEstimator accuracy{"accuracy", test::random_tables(space, rng, {})};
  FactorEstimator latency{"latency_ms", test::random_tables(space, rng, {})};
  FactorEstimator macs{"macs", test::random_tables(space, rng, {})};
  Problem problem{.space = space,
                  .objective = &accuracy,
                  .constraints = {{{"latency_ms", 80, "pixel"}, &latency}}};

  /// The highest objective within the limits.
  double right() const {
    double best = -1e9;
    for (const Arch& arch : space.enumerate()) {
      if (problem.only && !space.allows(*problem.only, arch)) continue;
      bool keeps = true;
      for (const Constraint& c : problem.constraints) {
        keeps &= c.limit.satisfied(estimate_one(*c.estimator, arch));
      }
      if (keeps) best = std::max(best, estimate_one(accuracy, arch));
    }
    return best;
  }
};

TEST_CASE("exact search reports the best arch, its bound and a front of best archs") {
  const Setting s;
  const SearchResult r = run_search(s.problem, exact_choice(), {.seed = 3});
  CHECK(r.best.values[0] == s.right());
  CHECK(r.strategy == "exact");
  CHECK(r.seed == 3);
  CHECK(r.stopped == "proven");
  CHECK(r.upper_bound == r.best.values[0]);
  CHECK(r.gap == 0);
  CHECK(r.constraints.at(0).satisfied);
  CHECK(r.history.size() == 1);
  CHECK(r.front.size() > 4);
  CHECK(r.front.front().arch == r.best.arch);
  for (size_t i = 0; i < r.front.size(); ++i) {
    Setting lower;
    lower.problem.constraints[0].limit.limit = r.front[i].values[1];
    CHECK(lower.right() == r.front[i].values[0]);
    if (i > 0) CHECK(r.front[i].values[1] < r.front[i - 1].values[1]);
  }
}

TEST_CASE("exact search keeps a restriction, several limits, and goes without one") {
  Setting s;
  s.problem.only = s.space.restrict({{"r", {16, 24}}});
  const double narrow = s.right();
  CHECK(run_search(s.problem, exact_choice(), {}).best.values[0] == narrow);
  s.problem.constraints.push_back({{"macs", 80, ""}, &s.macs});
  const SearchResult both = run_search(s.problem, exact_choice(), {});
  CHECK(both.best.values[0] == s.right());
  CHECK(both.constraints.size() == 2);
  s.problem.constraints.clear();
  s.problem.reported = {&s.latency};
  const SearchResult free = run_search(s.problem, exact_choice(), {});
  CHECK(free.best.values[0] == s.right());
  CHECK(free.front.size() > 4);
  CHECK(free.metrics == std::vector<std::string>{"accuracy", "latency_ms"});
}

TEST_CASE("several solutions are the front, best first, and differ") {
  const Setting s;
  const SearchResult r = run_search(s.problem, exact_choice(", best: 5, differ: 3"), {});
  REQUIRE(r.front.size() == 5);
  CHECK(r.front[0].arch == r.best.arch);
  for (size_t i = 1; i < r.front.size(); ++i) {
    CHECK(r.front[i].values[0] <= r.front[i - 1].values[0]);
    for (size_t j = 0; j < i; ++j) {
      int differing = 0;
      for (size_t a = 0; a < r.best.arch.size(); ++a) {
        differing += r.front[i].arch[a] != r.front[j].arch[a];
      }
      CHECK(differing >= 3);
    }
  }
}

TEST_CASE("solutions take their share of the limits where an arch does") {
  Setting s;
  std::vector<double> within;
  for (const Arch& arch : s.space.enumerate()) {
    const double ms = estimate_one(s.latency, arch);
    if (ms <= 80 && ms >= 0.95 * 80) within.push_back(estimate_one(s.accuracy, arch));
  }
  std::sort(within.rbegin(), within.rend());
  REQUIRE(within.size() > 3);
  REQUIRE(within[0] < s.right());
  const SearchResult near = run_search(s.problem, exact_choice(", closest: 0.95, best: 3"), {});
  REQUIRE(near.front.size() == 3);
  for (size_t i = 0; i < 3; ++i) CHECK(near.front[i].values[0] == Approx(within[i]));
  CHECK(near.gap == 0);

  s.problem.only = s.space.restrict({{"r", {16}}, {"d", {1}}});
  double most = 0;
  for (const Arch& arch : s.space.enumerate()) {
    if (s.space.allows(*s.problem.only, arch)) {
      most = std::max(most, estimate_one(s.latency, arch));
    }
  }
  s.problem.constraints[0].limit.limit = 2 * most;
  const SearchResult none = run_search(s.problem, exact_choice(", closest: 0.95"), {});
  CHECK(none.best.values[0] == s.right());
}

TEST_CASE("several limits of a sweep are each solved, and their solutions are the front") {
  Setting s;
  DriverOptions options{.seed = 3};
  options.sweep = Sweep{0, {60, 66, 72, 80}};
  const SearchResult r = run_search(s.problem, exact_choice(), options);
  REQUIRE(r.by_limit.size() == 4);
  for (const LimitBest& each : r.by_limit) {
    s.problem.constraints[0].limit.limit = each.limit.limit;
    CHECK(each.best.values[0] == s.right());
    CHECK(each.best.values[1] <= each.limit.limit);
  }
  CHECK(r.best.arch == r.by_limit[3].best.arch);
  CHECK(r.gap == 0);
  CHECK(r.constraints.at(0).limit.limit == 80);
  CHECK(r.history.size() == 4);
  CHECK(r.history.back().evaluations == r.evaluations);
  CHECK(r.front.front().arch == r.best.arch);
  CHECK(r.front.back().arch == r.by_limit[0].best.arch);
}

TEST_CASE("an estimator that is no sum of tables is named, an impossible limit explained") {
  Setting s;
  const FunctionEstimator network("accuracy", [](const Arch&) { return 0.5; });
  s.problem.objective = &network;
  const std::string text =
      error_text<ConfigError>([&] { run_search(s.problem, exact_choice(), {}); });
  CHECK(text.find("s.yaml:1") == 0);
  CHECK(text.find("the estimator of accuracy is none") != std::string::npos);
  s.problem.objective = &s.accuracy;
  s.problem.constraints[0].limit.limit = 0.5;
  CHECK_THROWS_AS(run_search(s.problem, exact_choice(), {}), InfeasibleError);
  double smallest = 1e9;
  for (const Arch& arch : s.space.enumerate()) {
    smallest = std::min(smallest, estimate_one(s.latency, arch));
  }
  CHECK(error_text<InfeasibleError>([&] { run_search(s.problem, exact_choice(), {}); }) ==
        "no subnet of 'toy' has latency_ms <= 0.5 on 'pixel': the smallest of all is " +
            with_unit(smallest, "latency_ms") + "; raise the limit or lower resolution");
  CHECK_THROWS_AS(exact_choice(", best: 0"), ConfigError);
}

/// Adds up in another order than its tables: a solution at the limit may break it.
class Backwards : public Estimator {
 public:
  explicit Backwards(FactorSum sum) : sum_(std::move(sum)) {}
  std::string metric() const override { return "latency_ms"; }
  void estimate(std::span<const Arch> archs, std::span<Estimate> out) const override {
    for (size_t i = 0; i < archs.size(); ++i) {
      double sum = 0;
      for (size_t f = sum_.factors().size(); f-- > 0;) {
        sum += sum_.factors()[f].values[sum_.entry(f, archs[i])];
      }
      out[i] = {.value = sum + sum_.constant()};
    }
  }
  std::optional<FactorSum> factor_sum(const Restriction*) const override { return sum_; }

 private:
  FactorSum sum_;
};

TEST_CASE("exact search stops when it is asked to") {
  const Setting s;
  set_interrupted(true);
  CHECK_THROWS_AS(run_search(s.problem, exact_choice(), {.seed = 3}), Interrupted);
  set_interrupted(false);
  CHECK(run_search(s.problem, exact_choice(), {.seed = 3}).gap == 0);
}

TEST_CASE("a limit holds in the estimator's own arithmetic") {
  Setting s;
  Rng rng(22);
  const FactorSum sum = test::random_tables(s.space, rng, {});
  const Backwards latency(sum);
  const FactorEstimator slowest("accuracy", sum);  // the best arch is the one at the limit
  s.problem.constraints[0].estimator = &latency;
  s.problem.objective = &slowest;
  int broken = 0;
  for (const Arch& arch : s.space.enumerate()) {
    if (arch.hash() % 16 != 0) continue;
    s.problem.constraints[0].limit.limit = sum(arch);
    const SearchResult r = run_search(s.problem, exact_choice(", front: 0"), {});
    CHECK(r.constraints[0].satisfied);
    CHECK(*r.gap >= 0);
    broken += *r.gap > 0;
  }
  CHECK(broken > 0);
}

}  // namespace
}  // namespace tailor::search
