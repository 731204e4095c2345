// Rounds of proposals.
#include "search/new_archs.h"

#include <span>

#include "search/arch_index.h"
#include "search/repair.h"

namespace tailor::search {
namespace {

/// Proposals made one after the other.
constexpr size_t kPart = 8;

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
  ArchIndex made;
  made.reserve(options.count);
  for (int64_t round = 0; round < options.tries && out.size() < options.count; ++round) {
    const Rng own = rng_of(round);
    const size_t first = out.size();
    std::vector<Arch> proposals(options.count - first);
    std::vector<double> violations(proposals.size());
    std::vector<char> usable(proposals.size());
    in_parts(options.for_each, proposals.size(), kPart, [&](size_t begin, size_t end) {
      for (size_t i = begin; i < end; ++i) {
        proposals[i] = propose(round, own.fork("child", {static_cast<int64_t>(first + i)}));
      }
      if (limits) {
        repair(std::span(proposals).subspan(begin, end - begin),
               std::span(violations).subspan(begin, end - begin), begin, moves, *limits,
               options.repair_steps, own);
      }
      for (size_t i = begin; i < end; ++i) {
        usable[i] = violations[i] == 0 && !known(proposals[i]) && moves.allows(proposals[i]);
      }
    });
    for (size_t i = 0; i < proposals.size(); ++i) {
      if (!usable[i]) continue;
      const size_t before =
          made.insert(proposals[i], out.size(), [&](size_t k) -> const Arch& { return out[k]; });
      if (before == ArchIndex::kNone) out.push_back(std::move(proposals[i]));
    }
  }
  return out;
}

}  // namespace tailor::search
