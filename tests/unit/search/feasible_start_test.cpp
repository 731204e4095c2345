#include "search/feasible_start.h"

#include <algorithm>
#include <ctime>

#include "core/error.h"
#include "tests/support/error_text.h"
#include "tests/support/toy_estimators.h"

#include "tests/support/catch.h"

namespace tailor::search {
namespace {

using test::error_text;
using test::ToySpace;

Arch start(const Problem& problem) {
  const Moves moves(problem.space, problem.restriction());
  const Scorer scorer(problem);
  return feasible_start(problem, moves, scorer, Rng(1));
}

TEST_CASE("the smallest arch where it will do") {
  const ToySpace space(2);
  const FunctionEstimator latency = test::toy_latency(space);
  CHECK(start({.space = space}) == space.smallest());
  CHECK(start({.space = space, .constraints = {{{"latency_ms", 10, ""}, &latency}}}) ==
        space.smallest());
}

TEST_CASE("a descent where the smallest arch is not the fastest") {
  const ToySpace space(5);  // one arch in 59,049 has the least: d 1 and ks 7 everywhere
  const FunctionEstimator odd = test::toy_odd_latency(space);
  const Arch found = start({.space = space, .constraints = {{{"latency_ms", 15, ""}, &odd}}});
  CHECK(space.values(found, "d") == std::vector<double>(5, 1));
  CHECK(space.value(found, "ks", 0) == 7);
}

TEST_CASE("an impossible limit: the smallest value of a space that was looked through") {
  const ToySpace space;
  const FunctionEstimator latency = test::toy_latency(space);
  CHECK(error_text<InfeasibleError>([&] {
          start({.space = space, .constraints = {{{"latency_ms", 1, "pixel"}, &latency}}});
        }) ==
        "no subnet of 'toy' has latency_ms <= 1 on 'pixel': smallest seen 1.204 ms in 3276 tries; "
        "raise the limit or lower resolution");
}

TEST_CASE("an impossible limit in a large space: bounded tries") {
  const ToySpace space(5);
  const FunctionEstimator odd = test::toy_odd_latency(space);
  CHECK(error_text<InfeasibleError>([&] {
          start({.space = space, .constraints = {{{"latency_ms", 14.5, ""}, &odd}}});
        }) ==
        "no subnet of 'toy' has latency_ms <= 14.5: smallest seen 15 ms in 10000 tries; "
        "raise the limit or lower resolution");
}

TEST_CASE("limits that can be met one by one but not together") {
  const ToySpace space;
  const FunctionEstimator odd = test::toy_odd_latency(space);
  const FunctionEstimator macs = test::toy_macs(space);
  const Problem problem{
      .space = space,
      .constraints = {{{"latency_ms", 3, "a"}, &odd}, {{"macs", 20000, ""}, &macs}}};
  CHECK(error_text<InfeasibleError>([&] { start(problem); }) ==
        "no subnet of 'toy' has latency_ms <= 3 on 'a' and macs <= 20000 together: nearest seen "
        "3 ms and 2.509e+04 MACs in 3276 tries; raise a limit or lower resolution");
}

/// A random cost: of each block by kernel and ratio, of two neighbouring blocks by both kernels,
/// and of the depth, so that neither the smallest arch nor a slot alone tells the least. Positive.
double random_cost(const ToySpace& space, const Arch& arch, int first_stage, uint64_t seed) {
  const auto draw = [&](const char* of, std::initializer_list<int64_t> at) {
    return Rng(seed).fork(of, at).uniform();
  };
  double sum = 0;
  for (int s = 0; s < space.stages(); ++s) {
    const int64_t stage = first_stage + s, depth = space.depth(arch, s);
    sum += 2 * draw("depth", {stage, depth});
    for (int b = 0; b < depth; ++b) {
      const auto ks = [&](int block) {
        return static_cast<int64_t>(space.value(arch, "ks", s * ToySpace::kBlocks + block));
      };
      const auto e = static_cast<int64_t>(space.value(arch, "e", s * ToySpace::kBlocks + b));
      sum += draw("block", {stage, b, ks(b), e});
      if (b > 0) sum += draw("pair", {stage, b, ks(b - 1), ks(b)});
    }
  }
  return sum;
}

/// The number after "smallest seen".
double smallest_seen(const std::string& text) {
  const std::string words = "smallest seen ";
  const size_t at = text.find(words);
  REQUIRE(at != std::string::npos);
  return std::stod(text.substr(at + words.size()));
}

TEST_CASE("an impossible limit in a space of 2e9: nearly always the smallest there is, at once") {
  const ToySpace space(3), one;
  const std::vector<Arch> stage_archs = one.enumerate();
  int exact = 0;
  for (uint64_t seed = 1; seed <= 100; ++seed) {
    INFO("seed " << seed);
    double least = 0;  // stages add up, so each has its own least
    for (int stage = 0; stage < 3; ++stage) {
      double own = 1e9;
      for (const Arch& arch : stage_archs) {
        own = std::min(own, random_cost(one, arch, stage, seed));
      }
      least += own;
    }
    const FunctionEstimator cost(
        "latency_ms", [&](const Arch& arch) { return random_cost(space, arch, 0, seed); });
    const std::clock_t begin = std::clock();
    const std::string text = error_text<InfeasibleError>([&] {
      start({.space = space, .constraints = {{{"latency_ms", 0.99 * least, ""}, &cost}}});
    });
    CHECK(static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC < 1);
    // Printed with four digits.
    CHECK(smallest_seen(text) > 0.999 * least);
    CHECK(smallest_seen(text) < 1.05 * least);
    exact += smallest_seen(text) < 1.0006 * least;
  }
  CHECK(exact >= 98);
}

TEST_CASE("a restriction holds for the start, and for what counts as smallest") {
  const ToySpace space;
  const FunctionEstimator latency = test::toy_latency(space);
  const Restriction only = space.restrict({{"d", {3}}, {"r", {28}}});
  Problem problem{.space = space, .only = only, .constraints = {{{"latency_ms", 8, ""}, &latency}}};
  CHECK(space.allows(only, start(problem)));
  problem.constraints[0].limit.limit = 2;
  CHECK(error_text<InfeasibleError>([&] {
          start(problem);
        }).find("smallest seen 6.968 ms in 729 tries") != std::string::npos);
}

}  // namespace
}  // namespace tailor::search
