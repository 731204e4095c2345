// How good a front is against another one, and a best arch against a known optimum. The front's
// hypervolume is in pareto.h.
#pragma once

#include <span>

#include "search/pareto.h"

namespace tailor::search {

/// The C-metric: the share of `covered` that some point of `by` is at least as good as in every
/// objective, in [0, 1]. It is not symmetric: 1 and 1 only for fronts of the same points, 0 and 0
/// for fronts of which none is ever better. 0 when `by` is empty. O(n m).
/// Throws Error for an empty `covered`, a value that is NaN, a point of another
/// length.
/// Source: Zitzler and Thiele, IEEE TEC 3 (1999), section III.B, definition 3.
double front_coverage(std::span<const Point> by, std::span<const Point> covered,
                      std::span<const Direction> directions);

/// How much worse the best of `found` is than the optimum, in the objective's unit; 0 where it is
/// the optimum. Throws Error for an empty list, a value that is NaN, and a value that is better
/// than the optimum, which then was none.
double regret(std::span<const double> found, double optimum, Direction direction);

/// The number of evaluations, in their order, after which regret is at most `within`; 0 where none
/// is. `within`: at least 0, in the objective's unit. Throws like regret.
size_t evaluations_until(std::span<const double> found, double optimum, double within,
                         Direction direction);

}  // namespace tailor::search
