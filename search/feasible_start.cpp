// Descents on one limit after the other, then on all together.
#include "search/feasible_start.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "core/error.h"

namespace tailor::search {
namespace {

/// Look-ups before a limit is called impossible; spaces up to this size are looked through.
constexpr int64_t kMostTries = 5000;
/// Random archs from which the lowest begins another descent.
constexpr int64_t kSamples = 200;

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
      : problem_(problem), moves_(moves), scorer_(scorer), rng_(rng) {
    if (problem.space.count() > static_cast<double>(kMostTries)) return;
    for (Arch& arch : problem.space.enumerate()) {
      if (moves.allows(arch)) everything_.push_back(std::move(arch));
    }
  }

  /// The lowest arch found for a goal.
  Found lowest(const Goal& goal) {
    tries_ = 0;
    Found best = look({moves_.smallest()}, goal);
    if (best.goal <= 0) return best;
    if (!everything_.empty()) {
      tries_ = 0;
      return look(everything_, goal);
    }
    best = descend(std::move(best), goal);
    while (best.goal > 0 && tries_ < kMostTries) {
      std::vector<Arch> samples;
      const int64_t n = std::min(kSamples, kMostTries - tries_);
      for (int64_t i = 0; i < n; ++i) samples.push_back(moves_.sample(rng_, "choices"));
      Found other = descend(look(samples, goal), goal);
      if (other.goal < best.goal) best = std::move(other);
    }
    return best;
  }

  int64_t tries() const { return tries_; }

 private:
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

  /// Steepest descent over single changes.
  Found descend(Found from, const Goal& goal) {
    while (from.goal > 0 && tries_ < kMostTries) {
      std::vector<Arch> around = moves_.neighbours(from.arch);
      if (around.empty()) break;
      const auto most = static_cast<size_t>(kMostTries - tries_);
      if (around.size() > most) around.resize(most);
      Found next = look(around, goal);
      if (next.goal >= from.goal) break;
      from = std::move(next);
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
