// Monotone chains and sums of hulls.
#include "search/exact/hull.h"

#include <algorithm>

namespace tailor::search::exact {
namespace {

/// Is the edge a-b at least as steep as c-d? Both have a rise and a run above 0.
bool steeper(const HullPoint& a, const HullPoint& b, const HullPoint& c, const HullPoint& d) {
  return (b.value - a.value) * (d.cost - c.cost) >= (d.value - c.value) * (b.cost - a.cost);
}

double between(const HullPoint& a, const HullPoint& b, double cost) {
  return a.value + (b.value - a.value) * ((cost - a.cost) / (b.cost - a.cost));
}

/// Index of the first corner that costs more than x.
size_t first_above(std::span<const HullPoint> corners, double cost) {
  const auto it =
      std::upper_bound(corners.begin(), corners.end(), cost,
                       [](double x, const HullPoint& corner) { return x < corner.cost; });
  return static_cast<size_t>(it - corners.begin());
}

double read(std::span<const HullPoint> corners, size_t above, double cost) {
  if (above == 0) return -kInfinity;
  if (above == corners.size()) return corners.back().value;
  return between(corners[above - 1], corners[above], cost);
}

}  // namespace

Hull::Hull(std::vector<HullPoint> points) {
  const auto before = [](const HullPoint& a, const HullPoint& b) {
    return a.cost != b.cost ? a.cost < b.cost : a.value > b.value;
  };
  if (!std::is_sorted(points.begin(), points.end(), before)) {
    std::sort(points.begin(), points.end(), before);
  }
  for (const HullPoint& point : points) {
    if (!corners_.empty() && point.value <= corners_.back().value) continue;
    while (corners_.size() >= 2 &&
           steeper(corners_.back(), point, *(corners_.end() - 2), corners_.back())) {
      corners_.pop_back();
    }
    corners_.push_back(point);
  }
}

double Hull::at(double cost) const { return read(corners_, first_above(corners_, cost), cost); }

const HullPoint* Hull::corner_within(double cost) const {
  const size_t above = first_above(corners_, cost);
  return above == 0 ? nullptr : &corners_[above - 1];
}

Hull Hull::plus(const Hull& other) const {
  Hull out;
  if (empty() || other.empty()) return out;
  const std::vector<HullPoint>&a = corners_, &b = other.corners_;
  out.corners_.reserve(a.size() + b.size() - 1);
  size_t i = 0, j = 0;
  for (;;) {
    out.corners_.push_back({a[i].cost + b[j].cost, a[i].value + b[j].value});
    const bool more_a = i + 1 < a.size(), more_b = j + 1 < b.size();
    if (!more_a && !more_b) return out;
    const bool take_a = more_a && (!more_b || steeper(a[i], a[i + 1], b[j], b[j + 1]));
    (take_a ? i : j) += 1;
  }
}

Hull Hull::plus(double cost, double value) const {
  Hull out = *this;
  for (HullPoint& corner : out.corners_) {
    corner.cost += cost;
    corner.value += value;
  }
  return out;
}

double Hull::best_split(const Hull& other, double budget) const {
  // The sum of two such lines is concave in x and bends at corners only.
  double best = -kInfinity;
  for (const HullPoint& corner : corners_) {
    best = std::max(best, corner.value + other.at(budget - corner.cost));
  }
  for (const HullPoint& corner : other.corners_) {
    best = std::max(best, corner.value + at(budget - corner.cost));
  }
  return best;
}

FallingReader::FallingReader(const Hull& hull, double first_cost)
    : corners_(hull.corners()), above_(first_above(corners_, first_cost)) {}

double FallingReader::at(double cost) {
  while (above_ > 0 && corners_[above_ - 1].cost > cost) --above_;
  return read(corners_, above_, cost);
}

}  // namespace tailor::search::exact
