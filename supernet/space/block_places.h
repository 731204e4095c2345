// Where the blocks of a space's networks come from: which axes each place depends on, and which
// block every combination of their choices puts there. Found from the lowering alone.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "supernet/space/search_space.h"

namespace tailor {

/// What a combination of choices puts at a place.
struct BlockChoice {
  std::shared_ptr<const Block> block;  ///< null: no block
  Arch arch;                           ///< one whose network shows it
  size_t index = 0;                    ///< which block of that network
  size_t entry = 0;                    ///< where it stands in BlockPlace::choices
};

/// A block's name, and what may stand there.
struct BlockPlace {
  std::string name;
  std::vector<size_t> axes;  ///< rising
  /// By the axes' choices: each counts as 0 where it does not matter, else as its choice + 1; the
  /// last axis runs fastest. Empty where no allowed arch leads.
  std::vector<std::optional<BlockChoice>> choices;
};

/// Every place of the networks of archs that `only` allows, in the order of a network's blocks.
/// Dependencies are looked for around a few archs by changing one choice at a time; the tables are
/// filled from as few networks as will do, which check each other, and checked on random archs.
/// Throws Error when a block's content depends on the axes in a way that was not found.
std::vector<BlockPlace> block_places(const SearchSpace& space, const Workload& workload,
                                     const Restriction* only = nullptr);

}  // namespace tailor
