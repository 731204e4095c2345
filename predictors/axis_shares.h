// Which choices matter: what share of an estimator's spread over a space each axis group explains.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/rng.h"
#include "predictors/estimator.h"
#include "supernet/space/search_space.h"

namespace tailor::predict {

struct AxisShare {
  std::string group;  ///< "ks", "e", "d", "r", ...
  double share = 0;   ///< of the variance, in [0, 1]
};

/// The variance of the estimator's values over `archs` random archs (each slot uniformly over its
/// choices) that a sum over slots explains, divided among the groups: the mean of what a group adds
/// over all orders in which groups can enter (Shapley value of R^2). Largest first; what is missing
/// to 1 comes from slots acting together. Nothing when all values are the same.
/// Throws Error for more than 12 groups or fewer than 100 archs.
/// Source: Lindeman, Merenda, Gold, "Introduction to Bivariate and Multivariate Analysis" (1980),
/// "LMG".
std::vector<AxisShare> axis_shares(const SearchSpace& space, const Estimator& estimator,
                                   int64_t archs, const Rng& rng);

/// "r 61 %, e 20 %, d 12 %, ks 4 %".
std::string axis_shares_text(const std::vector<AxisShare>& shares);

}  // namespace tailor::predict
