// Rounds of proposals.
#include "search/new_archs.h"

#include <unordered_set>

#include "search/repair.h"

namespace tailor::search {

std::vector<Arch> new_archs(const NewArchsOptions& options, const Moves& moves,
                            const Feasibility* limits, const Known& known, const Rng& rng,
                            const Propose& propose) {
  std::vector<Arch> out;
  std::unordered_set<Arch, ArchHash> made;
  for (int64_t round = 0; round < options.tries && out.size() < options.count; ++round) {
    const Rng own = rng.fork("round", {round});
    std::vector<Arch> proposals;
    for (size_t i = out.size(); i < options.count; ++i) {
      proposals.push_back(propose(round, own.fork("child", {static_cast<int64_t>(i)})));
    }
    proposals = repaired(std::move(proposals), moves, limits, options.repair_steps, own);
    for (Arch& arch : proposals) {
      if (known(arch) || !moves.allows(arch)) continue;
      if (made.insert(arch).second) out.push_back(std::move(arch));
    }
  }
  return out;
}

}  // namespace tailor::search
