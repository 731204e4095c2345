// Longer and longer rankings.
#include "search/exact/ranked.h"

#include <algorithm>
#include <utility>

#include "search/exact/decomposed.h"

namespace tailor::search::exact {

std::optional<ExactResult> best_accepted(const Terms& terms, const Decomposition& d, size_t cost,
                                         int64_t best, int64_t first, int64_t longest,
                                         const Accept& accept, const Stop& stop) {
  for (int64_t length = first;; length = std::min(8 * length, longest)) {
    std::optional<ExactResult> out = best_by_decomposition(terms, d, cost, length, stop);
    if (!out) return std::nullopt;
    const bool all = static_cast<int64_t>(out->solutions.size()) < length;
    std::vector<ExactSolution> taken;
    for (const ExactSolution& solution : out->solutions) {
      if (static_cast<int64_t>(taken.size()) == best) break;
      if (accept(solution.arch, taken)) taken.push_back(solution);
    }
    out->solutions = std::move(taken);
    if (all || static_cast<int64_t>(out->solutions.size()) == best) return out;
    if (length >= longest) return std::nullopt;
  }
}

}  // namespace tailor::search::exact
