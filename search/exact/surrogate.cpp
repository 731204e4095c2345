// Weights by steps against what the best under them breaks.
#include "search/exact/surrogate.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "search/exact/decomposed.h"

namespace tailor::search::exact {
namespace {

/// Steps on the weights, each this part of the one before.
constexpr int kSteps = 14;
constexpr double kShrink = 0.8;
/// Lengths of the first and of the longest ranking.
constexpr int64_t kFirst = 16, kLongest = 1024;

class Surrogate {
 public:
  Surrogate(const Terms& terms, const Stop& stop) : terms_(terms), stop_(stop) {
    for (size_t c = 0; c < terms.problem.costs.size(); ++c) {
      scale_.push_back(terms.range[1 + c] > 0 ? 1 / terms.range[1 + c] : 1);
      weights_.push_back(1);
    }
  }

  /// Moves the weights. Returns solutions where they are found on the way (none within the sum:
  /// none at all), else nullopt.
  std::optional<ExactResult> descend(int64_t best, const Accept& accept) {
    double lowest = kInfinity, step = 1;
    std::vector<double> tightest = weights_;
    for (int k = 0; k < kSteps; ++k, step *= kShrink) {
      const std::optional<ExactResult> relaxed =
          ranked(1, 1, 1, [](const auto&, const auto&) { return true; });
      if (!relaxed || relaxed->solutions.empty()) return relaxed;
      const ExactSolution& top = relaxed->solutions.front();
      if (best == 1 && accept(top.arch, {})) return relaxed;
      if (top.objective < lowest) std::tie(lowest, tightest) = std::pair(top.objective, weights_);
      if (!move(top.arch, step)) break;
    }
    weights_ = std::move(tightest);
    return std::nullopt;
  }

  std::optional<ExactResult> ranked(int64_t best, int64_t first, int64_t longest,
                                    const Accept& accept) const {
    const ExactProblem problem = weighted();
    const Terms terms(problem);
    const auto d = decompose(terms, 0);
    if (!d) return std::nullopt;
    return best_accepted(terms, *d, 0, best, first, longest, accept, stop_);
  }

 private:
  /// The problem with the weighted sum as its only cost.
  ExactProblem weighted() const {
    const ExactProblem& p = terms_.problem;
    double constant = 0, limit = 0, size = 0;
    std::vector<Factor> factors;
    for (size_t c = 0; c < p.costs.size(); ++c) {
      const double weight = weights_[c] * scale_[c];
      constant += weight * p.costs[c].sum.constant();
      limit += weight * p.costs[c].limit;
      size += weight * (terms_.slack[1 + c] + std::abs(p.costs[c].limit) * 1e-12);
      for (Factor factor : p.costs[c].sum.factors()) {
        for (double& value : factor.values) value *= weight;
        factors.push_back(std::move(factor));
      }
    }
    // Looser by more than rounding can be, so that no arch within the limits is lost.
    return {p.space,
            p.only,
            p.objective,
            {{FactorSum(p.space, constant, std::move(factors)), limit + 4 * size}}};
  }

  /// More weight on what the arch breaks, less on what it keeps; false where it breaks nothing.
  bool move(const Arch& arch, double step) {
    std::vector<double> excess;
    double most = 0;
    bool broken = false;
    for (size_t c = 0; c < weights_.size(); ++c) {
      const ExactCost& cost = terms_.problem.costs[c];
      excess.push_back((cost.sum(arch) - cost.limit) * scale_[c]);
      broken |= excess[c] > 0;
      most = std::max(most, std::abs(excess[c]));
    }
    double sum = 0;
    for (size_t c = 0; c < weights_.size(); ++c) {
      if (most > 0) weights_[c] *= std::exp(step * excess[c] / most);
      sum += weights_[c];
    }
    for (double& weight : weights_) weight /= sum;
    return broken;
  }

  const Terms& terms_;
  const Stop& stop_;
  std::vector<double> scale_, weights_;
};

}  // namespace

std::optional<ExactResult> best_by_surrogate(const Terms& terms, int64_t best, const Accept& accept,
                                             const Stop& stop) {
  Surrogate surrogate(terms, stop);
  if (std::optional<ExactResult> found = surrogate.descend(best, accept)) return found;
  return surrogate.ranked(best, kFirst * best, std::max(kLongest, kFirst * best), accept);
}

}  // namespace tailor::search::exact
