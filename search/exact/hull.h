// Upper concave hulls of (cost, value) points: the relaxation in which solutions may be mixed.
// Source: the multiple-choice knapsack problem, Dyer, "An O(n) algorithm for the multiple-choice
// knapsack linear program" (1984); Zemel (1984); Pisinger, "A minimal algorithm for the
// multiple-choice knapsack problem" (1995).
#pragma once

#include <limits>
#include <span>
#include <vector>

namespace tailor::search::exact {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

struct HullPoint {
  double cost = 0, value = 0;
};

/// The most value for a cost of x at most, when points may be mixed: a rising concave line through
/// its corners, which are points of the set. Empty: nothing can be reached.
class Hull {
 public:
  Hull() = default;
  /// The hull of these points, in any order.
  explicit Hull(std::vector<HullPoint> points);

  bool empty() const { return corners_.empty(); }
  const std::vector<HullPoint>& corners() const { return corners_; }
  /// -infinity below the smallest cost.
  double at(double cost) const;
  /// The last corner of a cost of at most x; null below the smallest.
  const HullPoint* corner_within(double cost) const;

  /// The hull of all sums of a point here and a point there: edges of both, steepest first.
  Hull plus(const Hull& other) const;
  Hull plus(double cost, double value) const;
  /// The most of here.at(x) + other.at(budget - x) over x.
  double best_split(const Hull& other, double budget) const;

 private:
  std::vector<HullPoint> corners_;  // cost and value rise, slopes fall
};

/// Reads a hull at costs that fall from call to call, in constant time a call on average.
class FallingReader {
 public:
  FallingReader(const Hull& hull, double first_cost);
  /// cost: not above the one before.
  double at(double cost);

 private:
  std::span<const HullPoint> corners_;
  size_t above_;  // corners [0, above_) cost at most what was asked for last
};

}  // namespace tailor::search::exact
