// A Bayesian linear regression over parts of the features that outliers do not mislead.
#pragma once

#include <cstddef>
#include <span>
#include <utility>
#include <vector>

namespace tailor::predict {

using FeatureParts = std::vector<std::pair<size_t, size_t>>;  ///< [begin, end) of each

struct PartRegressionOptions {
  /// Degrees of freedom of the noise's Student t distribution; measured latencies have heavy tails.
  double freedom = 2;
  /// Fits; each but the first weighs the rows by how likely the one before found their errors.
  int rounds = 4;
};

/// value = bias + sum of weights[i] * x[i].
struct PartRegression {
  double bias = 0;
  std::vector<double> weights;
  double noise = 0;      ///< standard deviation of a typical row's noise
  double loo_error = 0;  ///< mean leave-one-out |error|
  /// Rows of at most this many samples are kept for the uncertainty of each answer.
  static constexpr size_t kMaxKept = 64;
  std::vector<double> spread;  ///< kept rows x weights; see deviation()
  std::vector<double> centre;  ///< mean row
  std::vector<double> scales;  ///< prior standard deviation of each weight, in units of the noise

  double operator()(std::span<const double> x) const;
  /// Posterior standard deviation of a new measurement at x; without kept rows what the
  /// leave-one-out errors say.
  double deviation(std::span<const double> x) const;
};

/// The weights' prior variances, one a part, and the noise are those of part_scales. x: rows of
/// features. Throws Error for fewer than two rows.
/// Source of the weighing of rows: expectation maximisation for Student t noise, Lange, Little and
/// Taylor, JASA 84 (1989), section 3; here on leave-one-out errors.
PartRegression fit_part_regression(const std::vector<double>& x, std::span<const double> y,
                                   const FeatureParts& parts,
                                   const PartRegressionOptions& options = {});

/// Rows of `pool` (rows of scales.size() features) to measure one after the other, each where it
/// lessens the mean posterior variance over the pool most, `measured` of them being measured
/// already. noise: variance; scales: prior standard deviations.
/// Returns the rows and the mean posterior deviation after each.
struct Acquisition {
  std::vector<size_t> rows;
  double deviation_before = 0;
  std::vector<double> deviations;
};
Acquisition choose_rows(const std::vector<double>& pool, std::span<const double> scales,
                        double noise, std::span<const size_t> measured, size_t count);

}  // namespace tailor::predict
