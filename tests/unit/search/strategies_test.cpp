// covers: search/strategies/
#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "search/archive.h"
#include "search/driver.h"
#include "search/exact_search.h"
#include "tests/support/error_text.h"
#include "tests/support/toy_estimators.h"

#include "tests/support/catch.h"

namespace tailor::search {
namespace {

using test::ToySpace;

StrategyChoice chosen(const std::string& yaml) {
  return choose_strategy(ConfigNode::parse(yaml, "s.yaml"));
}

struct Setting {
  ToySpace space{2};
  FunctionEstimator accuracy = test::toy_accuracy(space);
  FunctionEstimator latency = test::toy_latency(space);

  double best(const std::string& strategy, int64_t seed, int64_t evaluations = 1000) const {
    const Problem problem{.space = space,
                          .objective = &accuracy,
                          .constraints = {{{"latency_ms", 15, ""}, &latency}}};
    return run_search(problem, chosen(strategy),
                      {.seed = seed, .evaluations = evaluations, .threads = 1})
        .best.values[0];
  }
};

TEST_CASE("evolution beats random search at the same budget, for every seed") {
  const Setting s;
  for (int64_t seed = 1; seed <= 5; ++seed) {
    INFO("seed " << seed);
    CHECK(s.best("{name: evolution}", seed) > s.best("{name: random}", seed) + 0.001);
  }
}

TEST_CASE("evolution begins anew where nothing better comes, and goes on from a saved state") {
  const Setting s;
  const auto make = [&](const std::string& restart) {
    return chosen("{name: evolution, population: 20, restart: " + restart + "}")
        .make({.space = &s.space, .seed = 3});
  };
  const auto step = [&](Strategy& strategy) {
    const std::vector<Arch> archs = strategy.ask(25);
    std::vector<Evaluated> told;
    for (const Arch& arch : archs) told.push_back({arch, estimate_one(s.accuracy, arch), 0});
    strategy.tell(told);
    return archs;
  };
  const auto settled = make("0"), anew = make("150");
  int differ = 0;
  for (int k = 0; k < 60; ++k) {
    const auto other = make("150");
    other->load(anew->save());
    const std::vector<Arch> archs = step(*anew);
    CHECK(step(*other) == archs);
    differ += step(*settled) != archs;
  }
  CHECK(differ > 5);   // it did begin anew
  CHECK(differ < 55);  // and not at once
}

TEST_CASE("evolution finds the best of a space that can be looked through") {
  const ToySpace space;
  const FunctionEstimator accuracy = test::toy_accuracy(space);
  const FunctionEstimator latency = test::toy_latency(space);
  double best = 0;
  for (const Arch& arch : space.enumerate()) {
    std::vector<Estimate> a(1), l(1);
    accuracy.estimate({&arch, 1}, a);
    latency.estimate({&arch, 1}, l);
    if (l[0].value <= 8) best = std::max(best, a[0].value);
  }
  const Problem problem{
      .space = space, .objective = &accuracy, .constraints = {{{"latency_ms", 8, ""}, &latency}}};
  for (int64_t seed = 1; seed <= 5; ++seed) {
    const SearchResult r =
        run_search(problem, chosen("{}"), {.seed = seed, .evaluations = 800, .threads = 1});
    CHECK(r.best.values[0] == best);
  }
}

TEST_CASE("evolution's children are near its parents") {
  const ToySpace space(3);
  const StrategyContext context{.space = &space, .seed = 1};
  auto strategy = chosen("{population: 2, fresh: 0, mutation: 0.05}").make(context);
  const std::vector<Evaluated> told = {{space.largest(), 0.9, 0}, {space.smallest(), 0.1, 0}};
  strategy->tell(told);
  size_t near = 0;
  const std::vector<Arch> children = strategy->ask(20);
  for (const Arch& child : children) {
    size_t same = 0;
    for (size_t i = 0; i < child.size(); ++i) same += child[i] == space.largest()[i];
    near += same + 4 >= child.size();
  }
  CHECK(children.size() == 20);
  CHECK(near >= 12);
}

TEST_CASE("asks end when a space has nothing new") {
  const ToySpace space;
  const Restriction only = space.restrict({{"d", {1}}, {"r", {16}}});  // nine archs
  for (const std::string& name : builtin_strategies().names()) {
    if (name == kExactStrategy) continue;  // is never asked
    INFO(name);
    auto strategy = chosen("{name: " + name + "}").make({.space = &space, .only = &only});
    size_t found = 0;
    for (int i = 0; i < 5; ++i) {
      std::vector<Evaluated> told;
      for (const Arch& arch : strategy->ask(4)) told.push_back({arch, 0.5, 0});
      strategy->tell(told);
      found += told.size();
    }
    CHECK(found == 9);
    CHECK(strategy->ask(4).empty());
  }
}

TEST_CASE("random search keeps to rejection: an arch outside the limits is never changed") {
  struct Never : Feasibility {
    void violations(std::span<const Arch>, std::span<double> out) const override {
      std::fill(out.begin(), out.end(), 1.0);
    }
  };
  const ToySpace space;
  const Never never;
  auto strategy =
      chosen("{name: random, tries: 3}").make({.space = &space, .limits = &never, .seed = 1});
  CHECK(strategy->ask(10).empty());
}

TEST_CASE("a state that another strategy saved is refused") {
  const ToySpace space;
  auto evolution = chosen("{name: evolution}").make({.space = &space});
  auto random = chosen("{name: random}").make({.space = &space});
  CHECK_THROWS_AS(evolution->load(random->save()), IoError);
  CHECK_THROWS_AS(random->load("random 1 0\n0.5 0 9\n"), IoError);
}

}  // namespace
}  // namespace tailor::search
