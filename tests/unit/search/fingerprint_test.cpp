#include "search/fingerprint.h"

#include <set>

#include "tests/support/toy_estimators.h"

#include "tests/support/catch.h"

namespace tailor::search {
namespace {

using test::ToySpace;

TEST_CASE("a fingerprint differs where the search does, and budgets do not count") {
  const ToySpace space, larger(2);
  const FunctionEstimator accuracy = test::toy_accuracy(space);
  const FunctionEstimator latency = test::toy_latency(space);
  const Problem problem{
      .space = space, .objective = &accuracy, .constraints = {{{"latency_ms", 8, ""}, &latency}}};
  const StrategyChoice strategy = choose_strategy(ConfigNode::empty("s"));
  const DriverOptions options{.seed = 1};
  const std::string own = search_fingerprint(problem, strategy, options);
  CHECK(search_fingerprint(problem, strategy,
                           {.seed = 1, .evaluations = 5, .seconds = 2, .threads = 3}) == own);
  std::set<std::string> all = {own};
  const auto is_new = [&](const std::string& other) { return all.insert(other).second; };
  CHECK(is_new(search_fingerprint(problem, strategy, {.seed = 2})));
  CHECK(is_new(search_fingerprint(problem, strategy, {.seed = 1, .batch = 7})));
  Problem other = problem;
  other.constraints[0].limit.limit = 9;
  CHECK(is_new(search_fingerprint(other, strategy, options)));
  Problem restricted = problem;
  restricted.only = space.restrict({{"r", {16}}});
  CHECK(is_new(search_fingerprint(restricted, strategy, options)));
  const Problem wide{.space = larger, .objective = &accuracy, .constraints = problem.constraints};
  CHECK(is_new(search_fingerprint(wide, strategy, options)));
  const auto random = choose_strategy(ConfigNode::parse("{name: random}", "s"));
  CHECK(is_new(search_fingerprint(problem, random, options)));
  DriverOptions sweep = options;
  sweep.sweep = Sweep{0, {4, 8}};
  CHECK(is_new(search_fingerprint(problem, strategy, sweep)));
  CHECK_FALSE(is_new(search_fingerprint(other, strategy, sweep)));  // its limit is not used
  sweep.sweep->limits = {5, 8};
  CHECK(is_new(search_fingerprint(problem, strategy, sweep)));
  sweep.evaluations = 77;
  CHECK(is_new(search_fingerprint(problem, strategy, sweep)));
}

}  // namespace
}  // namespace tailor::search
