// Which archs to evaluate next, given what is predicted of them and how surely.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "search/gaussian_process.h"

namespace tailor::search {

struct Acquisition {
  enum class Kind { upper_bound, expected_improvement };
  Kind kind = Kind::upper_bound;
  double exploration = 1;  ///< standard deviations of upper_bound
  double best = 0;         ///< largest value so far, of expected_improvement

  /// The upper bound mean + exploration * deviation, or E[max(value - best, 0)] of a normal value.
  /// Source of the latter: Jones, Schonlau and Welch, J. Global Optimization 13 (1998), eq. 15.
  double operator()(const GaussianProcess::Prediction& predicted) const;
};

/// Indices of up to `count` archs in the order of choosing, each the most promising one as if the
/// means predicted of those before it had been seen: what is near them is less uncertain then, so a
/// batch spreads. covariance: row-major [n, n] for n predictions; noise: variance. O(count * n^2).
/// Source: Desautels, Krause and Burdick, JMLR 15 (2014), section 4 (GP-BUCB).
std::vector<size_t> choose_batch(std::span<const GaussianProcess::Prediction> predicted,
                                 std::vector<double> covariance, double noise,
                                 const Acquisition& acquisition, size_t count);

}  // namespace tailor::search
