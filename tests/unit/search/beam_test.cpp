#include "search/beam.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <random>

#include "core/error.h"
#include "tests/support/catch.h"

using namespace tailor;
using namespace tailor::search;

namespace {

/// Every pair worth a random number.
std::map<std::vector<int>, double> random_pairs(int places, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> uniform;
  std::map<std::vector<int>, double> worth;
  for (int a = 0; a < places; ++a) {
    for (int b = a + 1; b < places; ++b) worth[{a, b}] = uniform(random);
  }
  return worth;
}

}  // namespace

TEST_CASE(
    "a beam as wide as there are places finds the best pair, whatever single ones are worth") {
  for (unsigned seed = 0; seed < 20; ++seed) {
    const auto worth = random_pairs(9, seed);
    const auto best =
        std::max_element(worth.begin(), worth.end(),
                         [](const auto& a, const auto& b) { return a.second < b.second; });
    const BeamResult found =
        beam_search({.places = 9, .size = 2, .width = 9}, [&](const auto& set) {
          return set.size() == 2 ? worth.at(set) : -static_cast<double>(set.size() ? set[0] : 0);
        });
    CHECK(found.best.members == best->first);
    CHECK(found.best.score == best->second);
    CHECK(found.sets.size() == 1 + 9 + 36);
  }
}

TEST_CASE("an interaction that the best single place does not show is found by width 2, not by 1") {
  // 0 alone is best; 1 and 2 together are.
  const auto score = [](const std::vector<int>& set) {
    if (set == std::vector<int>{1, 2}) return 10.0;
    double sum = 0;
    for (int place : set) sum += place == 0 ? 3 : place == 1 ? 2 : 1;
    return sum;
  };
  CHECK(beam_search({.places = 4, .size = 2, .width = 1}, score).best.members ==
        std::vector<int>{0, 1});
  CHECK(beam_search({.places = 4, .size = 2, .width = 2}, score).best.members ==
        std::vector<int>{1, 2});
}

TEST_CASE("every set is scored once and ties go to the smaller places") {
  std::map<std::vector<int>, int> times;
  const BeamResult found = beam_search({.places = 6, .size = 3, .width = 5}, [&](const auto& set) {
    ++times[set];
    return 0.0;
  });
  for (const auto& [set, count] : times) CHECK(count == 1);
  CHECK(found.best.members == std::vector<int>{0, 1, 2});
}

TEST_CASE("a beam may choose nothing or everything, and nothing that cannot be") {
  const auto size = [](const std::vector<int>& set) { return static_cast<double>(set.size()); };
  CHECK(beam_search({.places = 3, .size = 0}, size).best.members.empty());
  CHECK(beam_search({.places = 3, .size = 3}, size).best.members == std::vector<int>{0, 1, 2});
  CHECK_THROWS_AS(beam_search({.places = 3, .size = 4}, size), Error);
  CHECK_THROWS_AS(beam_search({.places = 3, .size = 1, .width = 0}, size), Error);
  CHECK_THROWS_AS(beam_search({.places = 3, .size = 1}, [](const auto&) { return NAN; }), Error);
}
