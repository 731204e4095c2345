// Which points no other point beats, and how much space they dominate.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "search/objective.h"

namespace tailor::search {

/// One value per objective.
using Point = std::vector<double>;

/// Is `a` at least as good as `b` everywhere, and better somewhere?
bool dominates(const Point& a, const Point& b, std::span<const Direction> directions);

/// Indices of the points that no other dominates, for two or three objectives, from the best to the
/// worst in the first objective (then the second, third). Of equal points the first is kept.
/// O(n log n). Throws Error for a value that is NaN or a point of another length.
std::vector<size_t> pareto_front(std::span<const Point> points,
                                 std::span<const Direction> directions);

/// Area (two objectives) or volume (three) between `reference` and the points that are better than
/// it in every objective. O(n log n) for two, O(n^2) at worst for three. Throws like pareto_front.
double hypervolume(std::span<const Point> points, std::span<const Direction> directions,
                   const Point& reference);

}  // namespace tailor::search
