// Non-dominated points and hypervolume by sweeps over sorted points; inside, smaller is better.
#include "search/pareto.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <map>
#include <numeric>

#include "core/error.h"

namespace tailor::search {
namespace {

/// Three costs, all to be minimised; the third is 0 for two objectives.
using Costs = std::array<double, 3>;

void check_directions(std::span<const Direction> directions) {
  if (directions.size() < 2 || directions.size() > 3) {
    throw Error(str("a Pareto front has two or three objectives, got ", directions.size()));
  }
}

Costs to_costs(const Point& point, std::span<const Direction> directions) {
  if (point.size() != directions.size()) {
    throw Error(
        str("a point has ", point.size(), " values for ", directions.size(), " objectives"));
  }
  Costs out = {};
  for (size_t k = 0; k < point.size(); ++k) {
    if (std::isnan(point[k])) throw Error("a point of a Pareto front has the value NaN");
    out[k] = directions[k] == Direction::maximise ? -point[k] : point[k];
  }
  return out;
}

std::vector<Costs> all_costs(std::span<const Point> points, std::span<const Direction> directions) {
  check_directions(directions);
  std::vector<Costs> out;
  out.reserve(points.size());
  for (const Point& point : points) out.push_back(to_costs(point, directions));
  return out;
}

/// Points of a plane of which none is at least as good as another: x rises, y falls.
class Staircase {
 public:
  bool covers(double x, double y) const {
    auto it = steps_.upper_bound(x);
    return it != steps_.begin() && std::prev(it)->second <= y;
  }

  void add(double x, double y) {
    if (covers(x, y)) return;
    auto it = steps_.lower_bound(x);
    while (it != steps_.end() && it->second >= y) it = steps_.erase(it);
    steps_.emplace_hint(it, x, y);
  }

  /// Area between the steps and the corner (x, y), which every step is below.
  double area(double x, double y) const {
    double sum = 0;
    for (auto it = steps_.begin(); it != steps_.end(); ++it) {
      const auto next = std::next(it);
      sum += ((next == steps_.end() ? x : next->first) - it->first) * (y - it->second);
    }
    return sum;
  }

 private:
  std::map<double, double> steps_;
};

}  // namespace

bool dominates(const Point& a, const Point& b, std::span<const Direction> directions) {
  TAILOR_CHECK(a.size() == directions.size() && b.size() == directions.size(),
               "one value per objective");
  bool somewhere = false;
  for (size_t k = 0; k < directions.size(); ++k) {
    if (better(b[k], a[k], directions[k])) return false;
    somewhere = somewhere || better(a[k], b[k], directions[k]);
  }
  return somewhere;
}

std::vector<size_t> pareto_front(std::span<const Point> points,
                                 std::span<const Direction> directions) {
  const std::vector<Costs> costs = all_costs(points, directions);
  std::vector<size_t> order(points.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return costs[a] < costs[b]; });
  // Everything seen earlier is as good in the first objective: the other two decide.
  std::vector<size_t> front;
  Staircase seen;
  for (size_t i : order) {
    if (seen.covers(costs[i][1], costs[i][2])) continue;
    seen.add(costs[i][1], costs[i][2]);
    front.push_back(i);
  }
  return front;
}

double hypervolume(std::span<const Point> points, std::span<const Direction> directions,
                   const Point& reference) {
  std::vector<Costs> costs = all_costs(points, directions);
  Costs corner = to_costs(reference, directions);
  const size_t n = directions.size();
  std::erase_if(costs, [&](const Costs& c) {
    for (size_t k = 0; k < n; ++k) {
      if (!(c[k] < corner[k])) return true;
    }
    return false;
  });
  if (n == 2) corner[2] = 1;  // a slab of height 1 over the plane
  std::sort(costs.begin(), costs.end(), [](const Costs& a, const Costs& b) { return a[2] < b[2]; });
  double volume = 0;
  Staircase seen;
  for (size_t i = 0; i < costs.size(); ++i) {
    seen.add(costs[i][0], costs[i][1]);
    const double above = i + 1 < costs.size() ? costs[i + 1][2] : corner[2];
    if (above > costs[i][2]) volume += seen.area(corner[0], corner[1]) * (above - costs[i][2]);
  }
  return volume;
}

}  // namespace tailor::search
