// How much each part of the features should count in a ridge, found from the data.
#pragma once

#include <cstddef>
#include <span>
#include <utility>
#include <vector>

namespace tailor::predict {

struct PartScales {
  std::vector<double> scales;  ///< one a feature, the same within a part; for fit_ridge
  double lambda = 1;           ///< the ridge's strength that goes with them
};

struct PartScaleOptions {
  /// How much more noise each row has than the others; empty: all the same.
  std::span<const double> row_noise = {};
  double least_noise = 1e-4;  ///< variance, as a part of the values'
  double low = -7;            ///< logarithm of the least variance of a part and of the noise
};

/// Part p's features, [begin, end), are given the variance, and the noise its own, under which the
/// values are most probable (type-II maximum likelihood of a Bayesian linear model with a free
/// mean); a coordinate search over their logarithms, deterministic. Of many rows an even choice of
/// 200 is looked at. x: rows of features. Throws Error for fewer than two rows.
/// Source: MacKay, Neural Computation 4 (1992), "Bayesian interpolation".
PartScales part_scales(const std::vector<double>& x, std::span<const double> y,
                       std::span<const std::pair<size_t, size_t>> parts,
                       const PartScaleOptions& options = {});

}  // namespace tailor::predict
