// Finds an arch that meets every limit before anything is scored, or says how near one can come.
#pragma once

#include "search/moves.h"
#include "search/scorer.h"

namespace tailor::search {

/// The smallest arch where it meets every limit; else the end of a descent toward lower values, as
/// the smallest arch is not always the fastest. Small spaces are looked through as a whole; in
/// larger ones the smallest value seen is nearly always the smallest there is, but not proven so.
/// Throws InfeasibleError with the smallest value seen: `no subnet of 'mb_v3' has latency_ms <= 3
/// on 'pixel': smallest seen 4.1 ms in 10000 tries; raise the limit or lower resolution`.
Arch feasible_start(const Problem& problem, const Moves& moves, const Scorer& scorer,
                    const Rng& rng);

}  // namespace tailor::search
