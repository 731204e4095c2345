// Rounds of proposals.
#include "search/new_archs.h"

#include <unordered_set>

#include "search/repair.h"

namespace tailor::search {
namespace {

/// Proposals made one after the other.
constexpr size_t kPart = 32;

}  // namespace

void FillOptions::read(const ConfigNode& cfg) {
  cfg.read("repair_steps", repair_steps,
           {.min = 0, .max = 1e6, .doc = "changes that may bring a child within the limits"});
  cfg.read("tries", tries,
           {.min = 1, .max = 1e6, .doc = "rounds of children made to fill one generation"});
  cfg.read("sampling", sampling,
           {.choices = {"choices", "networks"},
            .doc = "random archs: uniform over the choices of every slot, or over networks"});
}

std::vector<Arch> new_archs(const NewArchsOptions& options, const Moves& moves,
                            const Feasibility* limits, const Known& known, const Rng& rng,
                            const Propose& propose) {
  const RoundRng rng_of = [&](int64_t round) { return rng.fork("round", {round}); };
  return new_archs(options, moves, limits, known, rng_of, propose);
}

std::vector<Arch> new_archs(const NewArchsOptions& options, const Moves& moves,
                            const Feasibility* limits, const Known& known, const RoundRng& rng_of,
                            const Propose& propose) {
  std::vector<Arch> out;
  std::unordered_set<Arch, ArchHash> made;
  for (int64_t round = 0; round < options.tries && out.size() < options.count; ++round) {
    const Rng own = rng_of(round);
    const size_t first = out.size();
    std::vector<Arch> proposals(options.count - first);
    in_parts(options.for_each, proposals.size(), kPart, [&](size_t begin, size_t end) {
      for (size_t i = begin; i < end; ++i) {
        proposals[i] = propose(round, own.fork("child", {static_cast<int64_t>(first + i)}));
      }
    });
    proposals =
        repaired(std::move(proposals), moves, limits, options.repair_steps, own, options.for_each);
    for (Arch& arch : proposals) {
      if (known(arch) || !moves.allows(arch)) continue;
      if (made.insert(arch).second) out.push_back(std::move(arch));
    }
  }
  return out;
}

}  // namespace tailor::search
