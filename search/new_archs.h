// Filling a generation with archs that were never seen: bounded tries, repair, no arch twice.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/config_node.h"
#include "search/moves.h"
#include "search/strategy.h"

namespace tailor::search {

struct NewArchsOptions {
  size_t count = 0;          ///< at most
  int64_t tries = 20;        ///< rounds of proposals
  int64_t repair_steps = 0;  ///< changes that may bring a proposal within the limits
  ForEach for_each = {};     ///< proposals and repairs run at once; empty: one after the other
};

/// How strategies that breed fill a generation, as their configs say.
struct FillOptions {
  int64_t repair_steps = 40;
  int64_t tries = 20;
  std::string sampling = "choices";

  void read(const ConfigNode& cfg);
};

/// An arch to try in a round, called at once where `for_each` does; 0 for the first; later rounds
/// should go farther afield.
using Propose = std::function<Arch(int64_t round, Rng rng)>;

/// Was an arch seen before? Called at once where `for_each` does.
using Known = std::function<bool(const Arch&)>;

/// The stream of a round.
using RoundRng = std::function<Rng(int64_t round)>;

/// Archs that meet `limits` (null: all do) and the restriction of `moves`, are not known, and
/// differ from one another. Fewer than asked for when the tries are used up. The same rng gives the
/// same archs.
std::vector<Arch> new_archs(const NewArchsOptions& options, const Moves& moves,
                            const Feasibility* limits, const Known& known, const Rng& rng,
                            const Propose& propose);
std::vector<Arch> new_archs(const NewArchsOptions& options, const Moves& moves,
                            const Feasibility* limits, const Known& known, const RoundRng& rng_of,
                            const Propose& propose);

}  // namespace tailor::search
