// Moves archs that break a limit toward the limit, instead of drawing again and again.
#pragma once

#include <span>
#include <vector>

#include "search/moves.h"
#include "search/strategy.h"

namespace tailor::search {

/// Does what `repaired` does in place; violations[i] is 0 for the archs that meet every limit then.
/// first: place of archs[0] among all that are repaired by the same rng.
void repair(std::span<Arch> archs, std::span<double> violations, size_t first, const Moves& moves,
            const Feasibility& limits, int64_t steps, const Rng& rng);

/// For each arch that breaks a limit, up to `steps` changes: mostly slots going down, the more of
/// them the farther it is from the limit, now and then a slot going anywhere; a change that does
/// not help is taken back. Returns the archs that meet every limit, in their order.
/// `limits` null: all of them do. The same rng gives the same archs.
std::vector<Arch> repaired(std::vector<Arch> archs, const Moves& moves, const Feasibility* limits,
                           int64_t steps, const Rng& rng);

}  // namespace tailor::search
