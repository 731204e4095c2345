// Pareto front and hypervolume against the definitions, over thousands of random sets.
#include <algorithm>
#include <cmath>
#include <set>

#include "core/rng.h"
#include "search/pareto.h"

#include "tests/support/catch.h"

namespace tailor::search {
namespace {

constexpr auto kUp = Direction::maximise;
constexpr auto kDown = Direction::minimise;

/// Points on a small grid, so that ties and equal points are common.
std::vector<Point> grid_points(Rng& rng, size_t dimensions) {
  std::vector<Point> out(static_cast<size_t>(rng.below(30)));
  for (Point& point : out) {
    for (size_t k = 0; k < dimensions; ++k) {
      point.push_back(static_cast<double>(rng.below(6)) - 2);
    }
  }
  return out;
}

std::vector<Direction> directions(Rng& rng, size_t dimensions) {
  std::vector<Direction> out;
  for (size_t k = 0; k < dimensions; ++k) out.push_back(rng.coin(0.5) ? kUp : kDown);
  return out;
}

/// By the definition, pair by pair.
std::set<size_t> brute_force(const std::vector<Point>& points,
                             const std::vector<Direction>& directions) {
  std::set<size_t> out;
  for (size_t i = 0; i < points.size(); ++i) {
    bool beaten = false;
    for (size_t j = 0; j < points.size(); ++j) {
      const bool twin_before = j < i && points[j] == points[i];
      beaten = beaten || twin_before || dominates(points[j], points[i], directions);
    }
    if (!beaten) out.insert(i);
  }
  return out;
}

/// Number of unit cells of the grid that some point dominates: exact for points on it.
double cells(const std::vector<Point>& points, const std::vector<Direction>& directions,
             const Point& reference) {
  double count = 0;
  const int third = directions.size() == 3 ? 10 : 1;
  for (int code = 0; code < 10 * 10 * third; ++code) {
    const Point centre = {code % 10 - 4.5, code / 10 % 10 - 4.5, code / 100 - 4.5};
    for (const Point& p : points) {
      bool inside = true;
      for (size_t k = 0; k < directions.size(); ++k) {
        inside = inside && better(p[k], centre[k], directions[k]) &&
                 better(centre[k], reference[k], directions[k]);
      }
      if (!inside) continue;
      ++count;
      break;
    }
  }
  return count;
}

TEST_CASE("pareto front = brute force, for random sets and directions") {
  Rng rng(1);
  for (int round = 0; round < 6000; ++round) {
    const size_t dimensions = 2 + static_cast<size_t>(round % 2);
    const std::vector<Point> points = grid_points(rng, dimensions);
    const std::vector<Direction> sense = directions(rng, dimensions);
    const std::vector<size_t> front = pareto_front(points, sense);
    const std::set<size_t> expected = brute_force(points, sense);
    REQUIRE(front.size() == expected.size());
    REQUIRE(std::set<size_t>(front.begin(), front.end()) == expected);
    for (size_t i = 1; i < front.size(); ++i) {
      REQUIRE_FALSE(better(points[front[i]][0], points[front[i - 1]][0], sense[0]));
    }
  }
}

TEST_CASE("hypervolume = dominated cells, for random sets and directions") {
  Rng rng(2);
  for (int round = 0; round < 2000; ++round) {
    const size_t dimensions = 2 + static_cast<size_t>(round % 2);
    const std::vector<Point> points = grid_points(rng, dimensions);
    const std::vector<Direction> sense = directions(rng, dimensions);
    Point reference;
    for (const Direction d : sense) {
      const double away = static_cast<double>(rng.below(5));
      reference.push_back(d == kUp ? -1 - away + 1 : away);
    }
    REQUIRE(hypervolume(points, sense, reference) == cells(points, sense, reference));
  }
}

TEST_CASE("hypervolume is that of the front alone, and grows with a point that joins it") {
  Rng rng(3);
  for (int round = 0; round < 500; ++round) {
    const std::vector<Direction> sense = {kUp, kDown, kDown};
    std::vector<Point> points, kept;
    for (int i = 0; i < 40; ++i) points.push_back({rng.uniform(), rng.uniform(), rng.uniform()});
    for (size_t i : pareto_front(points, sense)) kept.push_back(points[i]);
    const double volume = hypervolume(points, sense, {0, 1, 1});
    REQUIRE(hypervolume(kept, sense, {0, 1, 1}) == Approx(volume).epsilon(1e-12));
    points.push_back({rng.uniform(), rng.uniform(), rng.uniform()});
    const std::vector<size_t> front = pareto_front(points, sense);
    const bool joined = std::find(front.begin(), front.end(), 40u) != front.end();
    const double grown = hypervolume(points, sense, {0, 1, 1});
    REQUIRE((joined ? grown > volume : grown == Approx(volume).epsilon(1e-12)));
  }
}

TEST_CASE("the front does not depend on the order of distinct points") {
  Rng rng(4);
  for (int round = 0; round < 500; ++round) {
    std::vector<Point> points;
    for (int i = 0; i < 60; ++i) points.push_back({rng.uniform(), rng.uniform()});
    const std::vector<Direction> sense = {kUp, kDown};
    std::vector<Point> before, after;
    for (size_t i : pareto_front(points, sense)) before.push_back(points[i]);
    rng.shuffle(points);
    for (size_t i : pareto_front(points, sense)) after.push_back(points[i]);
    REQUIRE(before == after);
  }
}

}  // namespace
}  // namespace tailor::search
