// Ridge regression with its strength chosen by leave-one-out.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace tailor::predict {

/// value = bias + sum of weights[i] * x[i].
struct LinearModel {
  double bias = 0;
  std::vector<double> weights;
  double lambda = 0;
  double loo_rmse = 0;  ///< leave-one-out error of the fit, in the values' unit

  double operator()(std::span<const double> x) const;
};

/// Least squares with lambda * |w|^2, the bias left out of it; of `lambdas` the one with the least
/// leave-one-out error. x: rows of `scales.size()` features; feature i enters as scales[i] * x[i],
/// so a small scale makes it dear. Throws Error for fewer than two rows.
/// Source: leave-one-out residual = residual / (1 - hat), Allen, Technometrics 16 (1974).
LinearModel fit_ridge(const std::vector<double>& x, std::span<const double> y,
                      std::span<const double> scales, std::span<const double> lambdas);

}  // namespace tailor::predict
