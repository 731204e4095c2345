// Several limits as one: a weighted sum of the costs, which every arch within the limits keeps as
// well. The weights are those under which the relaxed best is lowest; then solutions are ranked.
// Source: Glover, "Surrogate constraint duality in mathematical programming" (1975).
#pragma once

#include <optional>

#include "search/exact/ranked.h"

namespace tailor::search::exact {

/// The `best` best archs that are accepted (within the limits, as the caller says). nullopt where
/// rankings do not get there, or when `stop` says so: the integer programme's turn.
std::optional<ExactResult> best_by_surrogate(const Terms& terms, int64_t best, const Accept& accept,
                                             const Stop& stop);

}  // namespace tailor::search::exact
