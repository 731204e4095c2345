// covers: search/strategies/
// What is particular to active, local_search and nsga2; what all strategies promise is in
// tests/contract/strategy_test.cpp.
#include <algorithm>
#include <array>
#include <map>

#include "core/error.h"
#include "search/archive.h"
#include "search/driver.h"
#include "search/front_quality.h"
#include "search/moves.h"
#include "search/non_dominated.h"
#include "tests/support/toy_estimators.h"

#include "tests/support/catch.h"

namespace tailor::search {
namespace {

using test::ToySpace;

StrategyChoice chosen(const std::string& yaml) {
  return choose_strategy(ConfigNode::parse(yaml, "s.yaml"));
}

SearchResult run(const Problem& problem, const std::string& strategy, int64_t seed,
                 int64_t evaluations, int64_t batch = 100) {
  return run_search(problem, chosen(strategy),
                    {.seed = seed, .evaluations = evaluations, .batch = batch, .threads = 1});
}

/// Asks and tells until `evaluations` are told; returns all of them.
std::map<Arch, double> explore(Strategy& strategy, const Estimator& accuracy, size_t evaluations,
                               size_t batch) {
  std::map<Arch, double> out;
  while (out.size() < evaluations) {
    std::vector<Evaluated> told;
    for (const Arch& arch : strategy.ask(batch)) {
      told.push_back({arch, estimate_one(accuracy, arch), 0});
      REQUIRE(out.emplace(arch, told.back().objective).second);
    }
    if (told.empty()) break;
    strategy.tell(told);
  }
  return out;
}

TEST_CASE("active: forty evaluations find more than four hundred random ones") {
  const ToySpace space(2);
  const FunctionEstimator accuracy = test::toy_accuracy(space);
  const FunctionEstimator latency = test::toy_latency(space);
  const Problem problem{
      .space = space, .objective = &accuracy, .constraints = {{{"latency_ms", 15, ""}, &latency}}};
  for (const char* kind : {"upper_bound", "expected_improvement"}) {
    const std::string active = str("{name: active, initial: 10, acquisition: ", kind, "}");
    int better = 0;
    for (int64_t seed = 1; seed <= 9; ++seed) {
      const double few = run(problem, active, seed, 40, 5).best.values[0];
      better += few > run(problem, "{name: random}", seed, 400).best.values[0];
    }
    INFO(kind);
    CHECK(better >= 8);
  }
}

TEST_CASE("active: an arch that breaks a limit teaches nothing and is not asked for again") {
  const ToySpace space;
  auto strategy = chosen("{name: active, initial: 3}").make({.space = &space, .seed = 1});
  const Evaluated broken{space.largest(), std::nan(""), 0.5};
  strategy->tell({&broken, 1});
  const FunctionEstimator accuracy = test::toy_accuracy(space);
  CHECK_FALSE(explore(*strategy, accuracy, 200, 20).contains(space.largest()));
}

TEST_CASE("local search: climbs end where no neighbour is better") {
  const ToySpace space;
  const FunctionEstimator accuracy = test::toy_accuracy(space);
  for (const char* step : {"first", "steepest"}) {
    INFO(step);
    auto strategy =
        chosen(str("{name: local_search, step: ", step, "}")).make({.space = &space, .seed = 3});
    const std::map<Arch, double> seen = explore(*strategy, accuracy, 400, 30);
    const auto best = std::max_element(
        seen.begin(), seen.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
    for (const Arch& arch : Moves(space, nullptr).neighbours(best->first)) {
      REQUIRE(seen.contains(arch));  // all of them were looked at
      CHECK(seen.at(arch) < best->second);
    }
  }
}

TEST_CASE("local search: steepest waits for every neighbour, first asks for a few at a time") {
  const ToySpace space(2);
  const Moves moves(space, nullptr);
  const Arch centre = space.parse("d=2 ks=5 e=4 r=20");
  const size_t all = moves.neighbours(centre).size();
  const std::string state = choices_text(centre) + "\nlocal_search 1 0\n0.5 0 " +
                            choices_text(centre) + "\n";  // one climb stands at `centre`
  for (const auto& [options, expected] : {std::pair(std::string("steepest"), all),
                                          std::pair(std::string("first, at_once: 5"), size_t{5})}) {
    INFO(options);
    auto strategy =
        chosen("{name: local_search, tries: 1, from_best: 1, kick: 1, step: " + options + "}")
            .make({.space = &space, .seed = 1});
    strategy->load(state);
    const std::vector<Arch> asked = strategy->ask(expected);
    REQUIRE(asked.size() == expected);
    const std::vector<Arch> around = moves.neighbours(centre);
    for (const Arch& arch : asked) {
      CHECK(std::find(around.begin(), around.end(), arch) != around.end());
    }
    // All are worse but the last: the climb moves there, which its next neighbours show.
    std::vector<Evaluated> told;
    for (const Arch& arch : asked) told.push_back({arch, 0.4, 0});
    told.back().objective = 0.6;
    strategy->tell(told);
    CHECK(strategy->ask(1).size() == 1);
    CHECK(strategy->save().starts_with(choices_text(asked.back()) + "\n"));
  }
}

TEST_CASE("nsga2: keeps a front that evolution towards one end does not find") {
  const ToySpace space(2);
  const FunctionEstimator accuracy = test::toy_accuracy(space);
  const FunctionEstimator latency = test::toy_latency(space);
  const Problem problem{.space = space, .objective = &accuracy, .reported = {&latency}};
  const std::array sense = {Direction::maximise, Direction::minimise};
  const auto front = [&](const std::string& strategy, int64_t seed) {
    std::vector<Point> out;
    for (const Scored& scored : run(problem, strategy, seed, 1500).front) {
      out.push_back({scored.values[0], scored.values[1]});
    }
    return out;
  };
  for (int64_t seed = 1; seed <= 5; ++seed) {
    INFO("seed " << seed);
    const std::vector<Point> nsga2 = front("{name: nsga2}", seed);
    const std::vector<Point> random = front("{name: random}", seed);
    const std::vector<Point> one_end = front("{name: evolution}", seed);
    CHECK(hypervolume(nsga2, sense, {0.5, 60}) > hypervolume(random, sense, {0.5, 60}));
    CHECK(front_coverage(nsga2, random, sense) > front_coverage(random, nsga2, sense));
    CHECK(front_coverage(nsga2, one_end, sense) > front_coverage(one_end, nsga2, sense));
  }
}

TEST_CASE("nsga2: a saved state with a place outside its archive is refused") {
  const ToySpace space;
  auto strategy = chosen("{name: nsga2}").make({.space = &space});
  CHECK_THROWS_AS(strategy->load("3\nnsga2 1 0\n"), IoError);
  CHECK_THROWS_AS(strategy->load("x\nnsga2 1 0\n"), IoError);
  CHECK_THROWS_AS(strategy->load(""), IoError);
  CHECK_NOTHROW(strategy->load("\nnsga2 1 0\n"));
}

}  // namespace
}  // namespace tailor::search
