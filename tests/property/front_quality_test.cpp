// Sorting, crowding, coverage and regret against their definitions, over random sets.
// covers: search/non_dominated.cpp, search/front_quality.cpp
#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "core/error.h"
#include "core/rng.h"
#include "search/front_quality.h"
#include "search/non_dominated.h"
#include "tests/support/toy_space.h"

#include "tests/support/catch.h"

namespace tailor::search {
namespace {

/// Evaluated archs on a small grid, so that ties and equal points are common.
std::vector<Evaluated> grid(const SearchSpace& space, Rng& rng, bool traded) {
  std::vector<Evaluated> out(1 + static_cast<size_t>(rng.below(40)));
  for (Evaluated& item : out) {
    item.arch = space.sample(rng);
    if (rng.coin(0.2)) {
      item.violation = static_cast<double>(1 + rng.below(3));
      continue;
    }
    item.objective = static_cast<double>(rng.below(6));
    if (traded) item.trade_off = static_cast<double>(rng.below(6));
  }
  return out;
}

/// Definition 1 of Deb et al. 2002, section VI.A, with the dominance of section III.
bool constrained_dominates(const Evaluated& a, const Evaluated& b) {
  if (a.feasible() != b.feasible()) return a.feasible();
  if (!a.feasible()) return a.violation < b.violation;
  const double more_a = std::isnan(a.trade_off) ? 0 : a.trade_off;
  const double more_b = std::isnan(b.trade_off) ? 0 : b.trade_off;
  const bool as_good = a.objective >= b.objective && more_a <= more_b;
  return as_good && (a.objective > b.objective || more_a < more_b);
}

/// Peels off what nothing that is left dominates, pair by pair.
std::vector<std::vector<size_t>> peeled(const std::vector<Evaluated>& items) {
  std::set<size_t> left;
  for (size_t i = 0; i < items.size(); ++i) left.insert(i);
  std::vector<std::vector<size_t>> out;
  while (!left.empty()) {
    std::vector<size_t> front;
    for (size_t i : left) {
      const bool beaten = std::any_of(left.begin(), left.end(), [&](size_t j) {
        return constrained_dominates(items[j], items[i]);
      });
      if (!beaten) front.push_back(i);
    }
    for (size_t i : front) left.erase(i);
    out.push_back(front);
  }
  return out;
}

TEST_CASE("fronts = peeling off what is not dominated, for random sets") {
  const test::ToySpace space;
  Rng rng(1);
  for (int round = 0; round < 3000; ++round) {
    const std::vector<Evaluated> items = grid(space, rng, rng.coin(0.8));
    REQUIRE(non_dominated_fronts(items) == peeled(items));
  }
}

TEST_CASE("crowding = the gap between both neighbours, for random fronts without ties") {
  const test::ToySpace space;
  Rng rng(2);
  for (int round = 0; round < 1000; ++round) {
    std::vector<Evaluated> items(3 + static_cast<size_t>(rng.below(20)));
    for (Evaluated& item : items) {
      const double x = rng.uniform();
      item = {space.sample(rng), x, 0, {x * x}};  // all on one front
    }
    const std::vector<size_t> front = non_dominated_fronts(items).at(0);
    REQUIRE(front.size() == items.size());
    const std::vector<double> found = crowding_distances(items, front);
    for (size_t i = 0; i < items.size(); ++i) {
      double expected = 0;
      for (int k = 0; k < 2; ++k) {
        const auto value = [&](size_t j) {
          return k == 0 ? items[j].objective : items[j].trade_off;
        };
        double below = -1, above = 2, least = 2, most = -1;
        for (size_t j = 0; j < items.size(); ++j) {
          least = std::min(least, value(j)), most = std::max(most, value(j));
          if (value(j) < value(i)) below = std::max(below, value(j));
          if (value(j) > value(i)) above = std::min(above, value(j));
        }
        const bool end = below < 0 || above > 1;
        expected +=
            end ? std::numeric_limits<double>::infinity() : (above - below) / (most - least);
      }
      REQUIRE((found[i] == expected || found[i] == Approx(expected).epsilon(1e-12)));
    }
  }
}

TEST_CASE("the crowded order is the same for any order of the archs, fronts one after the other") {
  const test::ToySpace space(2);
  Rng rng(3);
  for (int round = 0; round < 500; ++round) {
    std::vector<Evaluated> items = grid(space, rng, true);
    std::vector<Arch> once, again;
    for (size_t i : crowded_order(items)) once.push_back(items[i].arch);
    size_t place = 0;
    for (const std::vector<size_t>& front : non_dominated_fronts(items)) {
      std::multiset<Arch> expected, found;
      for (size_t i : front) {
        expected.insert(items[i].arch);
        found.insert(once[place++]);
      }
      REQUIRE(found == expected);
    }
    rng.shuffle(items);
    for (size_t i : crowded_order(items)) again.push_back(items[i].arch);
    REQUIRE(once == again);
  }
}

TEST_CASE("a value that is NaN, or missing in some archs, is refused") {
  const test::ToySpace space;
  const Arch arch = space.smallest();
  const std::vector<Evaluated> not_a_number = {{arch, std::nan(""), 0}};
  const std::vector<Evaluated> missing = {{arch, 1, 0, {2}}, {arch, 1, 0}};
  CHECK_THROWS_AS(non_dominated_fronts(not_a_number), Error);
  CHECK_THROWS_AS(non_dominated_fronts(missing), Error);
  CHECK(non_dominated_fronts({}).empty());
}

std::vector<Point> points(Rng& rng, size_t dimensions) {
  std::vector<Point> out(1 + static_cast<size_t>(rng.below(20)));
  for (Point& point : out) {
    for (size_t k = 0; k < dimensions; ++k) point.push_back(static_cast<double>(rng.below(5)));
  }
  return out;
}

TEST_CASE("coverage: a point is covered exactly when it adds nothing to the other's front") {
  Rng rng(4);
  for (int round = 0; round < 2000; ++round) {
    const size_t dimensions = 2 + static_cast<size_t>(round % 2);
    std::vector<Direction> sense;
    for (size_t k = 0; k < dimensions; ++k) {
      sense.push_back(rng.coin(0.5) ? Direction::maximise : Direction::minimise);
    }
    const std::vector<Point> by = points(rng, dimensions), of = points(rng, dimensions);
    double count = 0;
    for (const Point& point : of) {
      std::vector<Point> both = by;
      both.push_back(point);  // of equal points pareto_front keeps the first
      const std::vector<size_t> front = pareto_front(both, sense);
      count += std::find(front.begin(), front.end(), by.size()) == front.end();
    }
    REQUIRE(front_coverage(by, of, sense) == count / static_cast<double>(of.size()));
    REQUIRE(front_coverage(by, by, sense) == 1);
    REQUIRE(front_coverage({}, of, sense) == 0);
  }
}

TEST_CASE("regret and evaluations until it is small, by the definition") {
  Rng rng(5);
  for (int round = 0; round < 2000; ++round) {
    std::vector<double> found(1 + static_cast<size_t>(rng.below(20)));
    for (double& value : found) value = static_cast<double>(rng.below(10));
    const double within = static_cast<double>(rng.below(10));
    size_t first = 0;
    for (size_t i = found.size(); i-- > 0;) {
      if (found[i] >= 12 - within) first = i + 1;
    }
    REQUIRE(evaluations_until(found, 12, within, Direction::maximise) == first);
    REQUIRE(regret(found, 12, Direction::maximise) ==
            12 - *std::max_element(found.begin(), found.end()));
    REQUIRE(regret(found, -1, Direction::minimise) ==
            *std::min_element(found.begin(), found.end()) + 1);
  }
  CHECK_THROWS_AS(regret({}, 1, Direction::maximise), Error);
  const std::vector<double> above = {2};
  CHECK_THROWS_AS(regret(above, 1, Direction::maximise), Error);
}

}  // namespace
}  // namespace tailor::search
