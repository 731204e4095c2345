// Descent of archs side by side, so that look-ups come in batches.
#include "search/repair.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

namespace tailor::search {
namespace {

/// Chance that a step goes anywhere: the smaller network is not always the cheaper one.
constexpr double kAnywhere = 0.2;
/// Part of the slots that go down at once, per unit of violation.
constexpr double kSlotsPerViolation = 0.5;

Arch step(const Arch& arch, double violation, const Moves& moves, Rng rng) {
  if (rng.coin(kAnywhere)) return moves.change_one(arch, rng);
  const auto slots = static_cast<double>(moves.free_slots(arch));
  const double down = std::min(violation, 1.0) * kSlotsPerViolation * slots;
  return moves.lower(arch, std::max<int64_t>(1, std::llround(down)), rng);
}

}  // namespace

void repair(std::span<Arch> archs, std::span<double> violations, size_t first, const Moves& moves,
            const Feasibility& limits, int64_t steps, const Rng& rng) {
  limits.violations(archs, violations);
  for (int64_t s = 0; s < steps; ++s) {
    std::vector<size_t> broken;
    std::vector<Arch> changed;
    for (size_t i = 0; i < archs.size(); ++i) {
      if (violations[i] == 0) continue;
      broken.push_back(i);
      const Rng own = rng.fork("repair", {s, static_cast<int64_t>(first + i)});
      changed.push_back(step(archs[i], violations[i], moves, own));
    }
    if (broken.empty()) return;
    std::vector<double> after(changed.size());
    limits.violations(changed, after);
    for (size_t k = 0; k < broken.size(); ++k) {
      if (after[k] > violations[broken[k]]) continue;
      archs[broken[k]] = std::move(changed[k]);
      violations[broken[k]] = after[k];
    }
  }
}

std::vector<Arch> repaired(std::vector<Arch> archs, const Moves& moves, const Feasibility* limits,
                           int64_t steps, const Rng& rng) {
  if (!limits) return archs;
  std::vector<double> violations(archs.size());
  repair(archs, violations, 0, moves, *limits, steps, rng);
  std::vector<Arch> out;
  for (size_t i = 0; i < archs.size(); ++i) {
    if (violations[i] == 0) out.push_back(std::move(archs[i]));
  }
  return out;
}

}  // namespace tailor::search
