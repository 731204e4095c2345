// Partial solutions of one part as (cost, value) points: sums of lists, and which points to keep.
// Source: dynamic programming over lists of undominated states with bounds, Dudzinski and
// Walukiewicz, "Exact methods for the knapsack problem and its generalizations" (1987).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "search/exact/hull.h"

namespace tailor::search::exact {

/// left, right: where it came from (indices that whoever made the list understands).
struct ListPoint {
  double cost = 0, value = 0;
  uint32_t left = 0, right = 0;
};
using PointList = std::vector<ListPoint>;  // cost rises

/// What makes a partial solution worth keeping.
struct Keep {
  double limit = 0;      ///< on the cost of a whole solution
  double threshold = 0;  ///< whole solutions of a lower value are of no interest
  size_t best = 1;       ///< how many whole solutions are wanted
  /// A point counts as cheaper only by at least this much: above 0 where the order of adding up
  /// decides whether a solution keeps the limit.
  double margin = 0;
};

/// Sorts by cost and drops every point that `keep.best` others dominate: not dearer (by the
/// margin), not worse.
void drop_dominated(PointList& points, const Keep& keep);

/// All sums of a point of `a` and one of `b` that the rest of the solution, at its relaxed best,
/// can bring to the threshold within the limit; undominated. left, right: indices in a and b.
PointList sums(const PointList& a, const PointList& b, const Hull& rest, const Keep& keep);

}  // namespace tailor::search::exact
