#include "search/exact/hull.h"

#include "core/rng.h"

#include "tests/support/catch.h"

namespace tailor::search::exact {
namespace {

std::vector<HullPoint> random_points(Rng& rng) {
  std::vector<HullPoint> out;
  for (int64_t i = 1 + rng.below(8); i > 0; --i) {
    out.push_back({static_cast<double>(rng.below(20)), static_cast<double>(rng.below(20))});
  }
  return out;
}

/// The most of any mix of two points within a cost.
double by_mixing(const std::vector<HullPoint>& points, double cost) {
  double best = -kInfinity;
  for (const HullPoint& a : points) {
    for (const HullPoint& b : points) {
      if (a.cost > cost) continue;
      best = std::max(best, a.value);
      if (b.cost <= cost) continue;
      best = std::max(best, a.value + (b.value - a.value) * (cost - a.cost) / (b.cost - a.cost));
    }
  }
  return best;
}

TEST_CASE("a hull is the best mix of two points") {
  Rng rng(1);
  for (int run = 0; run < 500; ++run) {
    const std::vector<HullPoint> points = random_points(rng);
    const Hull hull(points);
    for (double cost = -1; cost <= 21; cost += 0.5) {
      if (by_mixing(points, cost) == -kInfinity) {
        CHECK(hull.at(cost) == -kInfinity);
      } else {
        CHECK(hull.at(cost) == Approx(by_mixing(points, cost)));
      }
    }
  }
}

TEST_CASE("the sum of two hulls is the hull of all sums; a split finds the sum's value") {
  Rng rng(2);
  for (int run = 0; run < 300; ++run) {
    const std::vector<HullPoint> a = random_points(rng), b = random_points(rng);
    std::vector<HullPoint> both;
    for (const HullPoint& x : a) {
      for (const HullPoint& y : b) both.push_back({x.cost + y.cost + 3, x.value + y.value - 2});
    }
    const Hull sum = Hull(a).plus(Hull(b)).plus(3, -2), right(both);
    for (double cost = 2; cost <= 45; cost += 1.25) {
      const double value = right.at(cost);
      const double split = Hull(a).plus(3, -2).best_split(Hull(b), cost);
      if (value == -kInfinity) {
        CHECK(sum.at(cost) == value);
        CHECK(split == value);
        continue;
      }
      CHECK(sum.at(cost) == Approx(value));
      CHECK(split == Approx(value));
    }
  }
}

TEST_CASE("corners are points of the set, and reading downwards is reading") {
  Rng rng(3);
  const Hull hull({{1, 1}, {2, 4}, {3, 3}, {4, 5}, {4, 6}, {9, 6}});
  REQUIRE(hull.corners().size() == 3);
  CHECK(hull.corner_within(0.5) == nullptr);
  CHECK(hull.corner_within(3.9)->value == 4);
  CHECK(hull.corner_within(kInfinity)->value == 6);
  FallingReader reader(hull, 5);
  for (double cost = 5; cost >= 0; cost -= 0.25) CHECK(reader.at(cost) == hull.at(cost));
  CHECK(Hull().plus(hull).empty());
}

}  // namespace
}  // namespace tailor::search::exact
