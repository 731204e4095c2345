// Sorting by dominance, and how crowded each arch's neighbourhood is: what NSGA-II selects by.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "search/strategy.h"

namespace tailor::search {

/// Indices in fronts, the best front first, each front in the order of the indices. The objective
/// is maximised, trade_off (where there is one) minimised. An arch that meets the limits comes
/// before one that does not; of two that do not, the one with the smaller violation comes first.
/// Equal archs share a front. O(n log n). Throws Error for a value that is NaN and for archs of
/// which some have a trade-off and some have none.
/// Source: Deb, Pratap, Agarwal and Meyarivan, IEEE TEC 6 (2002), sections III.A and VI.A; by a
/// sweep over sorted points instead of all pairs (Jensen, IEEE TEC 7 (2003), section III).
std::vector<std::vector<size_t>> non_dominated_fronts(std::span<const Evaluated> archs);

/// One distance a member of `front`: the sum over the objectives of the gap between its two
/// neighbours, as a part of the front's range; infinite at either end of an objective. Archs that
/// break a limit have the distance 0. Source: section III.B of the same paper.
std::vector<double> crowding_distances(std::span<const Evaluated> archs,
                                       std::span<const size_t> front);

/// Indices from the best to the worst by the crowded comparison (section III.B): earlier front,
/// then larger distance, then the lower arch, so that the order is the same for any input order.
std::vector<size_t> crowded_order(std::span<const Evaluated> archs);

}  // namespace tailor::search
