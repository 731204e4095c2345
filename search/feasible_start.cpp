// Descents on one limit after the other, then on all together.
#include "search/feasible_start.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "core/error.h"

namespace tailor::search {
namespace {

/// Look-ups before a limit is called impossible; spaces up to this size are looked through.
constexpr int64_t kMostTries = 10000;
/// Random archs from which the lowest begins another descent.
constexpr int64_t kSamples = 50;
/// Of so many further descents one begins at a random arch, the others near the best (iterated
/// local search, Lourenco, Martin and Stuetzle 2003, section 3).
constexpr int64_t kKicks = 6;
/// Neighbours looked at before the descent goes on at the lowest of them.
constexpr size_t kAtOnce = 8;

using Values = std::span<const double>;
/// What a descent lowers; 0 or less ends it.
using Goal = std::function<double(Values)>;

struct Found {
  Arch arch;
  std::vector<double> values;  ///< one per constraint
  double goal = 0;
};

class Probe {
 public:
  Probe(const Problem& problem, const Moves& moves, const Scorer& scorer, Rng rng)
      : problem_(problem), moves_(moves), scorer_(scorer), rng_(rng) {}

  /// The lowest arch found for a goal.
  Found lowest(const Goal& goal) {
    tries_ = 0;
    Found best = look({moves_.smallest()}, goal);
    if (best.goal <= 0) return best;
    if (problem_.space.count() <= static_cast<double>(kMostTries)) {
      tries_ = 0;
      return look(everything(), goal);
    }
    best = descend(std::move(best), goal);
    for (int64_t round = 0; best.goal > 0 && tries_ < kMostTries; ++round) {
      Found other = round % kKicks == 0 ? sampled(goal) : kicked(best.arch, round % kKicks, goal);
      other = descend(std::move(other), goal);
      if (other.goal < best.goal) best = std::move(other);
    }
    return best;
  }

  int64_t tries() const { return tries_; }

 private:
  /// Every arch of a small space that the restriction leaves.
  const std::vector<Arch>& everything() {
    if (!everything_.empty()) return everything_;
    for (Arch& arch : problem_.space.enumerate()) {
      if (moves_.allows(arch)) everything_.push_back(std::move(arch));
    }
    return everything_;
  }

  Found look(const std::vector<Arch>& archs, const Goal& goal) {
    const std::vector<double> values = scorer_.constraint_values(archs);
    const size_t width = problem_.constraints.size();
    Found best;
    for (size_t i = 0; i < archs.size(); ++i) {
      const Values own = Values(values).subspan(i * width, width);
      const double here = goal(own);
      if (i > 0 && here >= best.goal) continue;
      best = {archs[i], std::vector<double>(own.begin(), own.end()), here};
    }
    tries_ += static_cast<int64_t>(archs.size());
    return best;
  }

  /// The lowest of some random archs.
  Found sampled(const Goal& goal) {
    std::vector<Arch> samples;
    const int64_t n = std::min(kSamples, kMostTries - tries_);
    for (int64_t i = 0; i < n; ++i) samples.push_back(moves_.sample(rng_, "choices"));
    return look(samples, goal);
  }

  /// An arch near `arch`: a few slots changed, or a slot and all that depend on it drawn anew, as
  /// the best depth of a stage is often another one only together with other blocks.
  Found kicked(const Arch& arch, int64_t slots, const Goal& goal) {
    Arch other = arch;
    if (slots % 2 == 0) {
      other = redrawn(arch, static_cast<size_t>(rng_.below(static_cast<int64_t>(arch.size()))));
    } else {
      for (int64_t i = 0; i <= slots; ++i) other = moves_.change_one(other, rng_);
    }
    return look({other}, goal);
  }

  /// Axis `root`, or the one it depends on at last, and every axis below it from a random arch;
  /// what begins to matter because its parent follows another axis is drawn.
  Arch redrawn(const Arch& arch, size_t root) {
    const std::vector<Axis>& axes = problem_.space.axes();
    const auto top = [&](size_t axis) {
      while (axes[axis].parent >= 0) axis = static_cast<size_t>(axes[axis].parent);
      return axis;
    };
    const bool coupled = moves_.only() && !moves_.only()->couplings.empty();
    const Arch sample = moves_.sample(rng_, "choices");
    std::vector<int8_t> choices(arch.choices().begin(), arch.choices().end());
    for (size_t a = 0; a < choices.size(); ++a) {
      if (top(a) == top(root)) choices[a] = sample[a];
      if (coupled && choices[a] == Arch::kInactive) choices[a] = moves_.draw(a, rng_);
    }
    return moves_.arch(choices);
  }

  /// Descent over single changes, a few of them looked at before the next step.
  Found descend(Found from, const Goal& goal) {
    bool lower = true;
    while (lower && from.goal > 0) {
      std::vector<Arch> around = moves_.neighbours(from.arch);
      rng_.shuffle(around);
      lower = false;
      for (size_t begin = 0; !lower && begin < around.size(); begin += kAtOnce) {
        if (tries_ >= kMostTries) return from;
        const auto left = static_cast<size_t>(kMostTries - tries_);
        const size_t n = std::min({kAtOnce, around.size() - begin, left});
        const auto first = around.begin() + static_cast<ptrdiff_t>(begin);
        Found next = look({first, first + static_cast<ptrdiff_t>(n)}, goal);
        lower = next.goal < from.goal;
        if (lower) from = std::move(next);
      }
    }
    return from;
  }

  const Problem& problem_;
  const Moves& moves_;
  const Scorer& scorer_;
  Rng rng_;
  std::vector<Arch> everything_;  // of a small space
  int64_t tries_ = 0;
};

[[noreturn]] void fail(const Problem& problem, const std::string& what, const std::string& seen,
                       int64_t tries, const std::string& advice) {
  const bool has_resolution = problem.space.axis_index("r", 0) >= 0;
  throw InfeasibleError(str("no subnet of '", problem.space.name(), "' has ", what, ": ", seen,
                            " in ", tries, tries == 1 ? " try; " : " tries; ", advice,
                            has_resolution ? " or lower resolution" : ""));
}

}  // namespace

Arch feasible_start(const Problem& problem, const Moves& moves, const Scorer& scorer,
                    const Rng& rng) {
  const std::vector<Constraint>& all = problem.constraints;
  Probe probe(problem, moves, scorer, rng.fork("start"));
  const auto total = [&](Values values) { return violation(all, values); };
  for (size_t c = 0; c < all.size(); ++c) {
    const Limit& limit = all[c].limit;
    const Found found = probe.lowest([&](Values values) { return values[c] - limit.limit; });
    if (found.goal > 0) {
      fail(problem, limit.text(), "smallest seen " + with_unit(found.values[c], limit.metric),
           probe.tries(), "raise the limit");
    }
    if (violation(all, found.values) == 0) return found.arch;
  }
  const Found found = probe.lowest(total);
  if (found.goal > 0) {
    std::vector<std::string> limits, values;
    for (size_t c = 0; c < all.size(); ++c) {
      limits.push_back(all[c].limit.text());
      values.push_back(with_unit(found.values[c], all[c].limit.metric));
    }
    fail(problem, join(limits, " and ") + " together", "nearest seen " + join(values, " and "),
         probe.tries(), "raise a limit");
  }
  return found.arch;
}

}  // namespace tailor::search
