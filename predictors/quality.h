// How good predictions are: ranking and error, and cross-validation.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "core/rng.h"

namespace tailor::predict {

/// Kendall's tau-b in [-1, 1]; 0 when either side is constant.
/// Source: Kendall, Biometrika 33 (1945).
double kendall_tau(std::span<const double> a, std::span<const double> b);
/// Spearman's rho with mean ranks for ties; 0 when either side is constant.
double spearman(std::span<const double> a, std::span<const double> b);

struct Quality {
  int64_t count = 0;
  double kendall_tau = 0;
  double kendall_tau_top = 0;  ///< among the quarter with the largest true values
  double spearman = 0;
  double rmse = 0;          ///< in the values' unit
  double mape = 0;          ///< mean |error| / |truth|, a fraction; true zeros are left out
  double within_10pct = 0;  ///< share with |error| <= 10 % of the truth
};

/// Throws Error when the sizes differ, there are fewer than two values, or one is not finite.
Quality quality(std::span<const double> predicted, std::span<const double> truth);

/// The figures as YAML lines, each after `indent` spaces.
std::string quality_yaml(const Quality& quality, size_t indent);

/// Which fold each of `count` items is in: shuffled, sizes differ by one at most.
/// Throws Error unless 2 <= folds <= count.
std::vector<int64_t> fold_of(int64_t count, int64_t folds, const Rng& rng);

/// predict(train, test) fits on the items `train` and returns values for the items `test`. Gives
/// each item's value from the fit that had not seen it.
using FoldPredict =
    std::function<std::vector<double>(std::span<const size_t> train, std::span<const size_t> test)>;
std::vector<double> cross_validate(size_t count, int64_t folds, const Rng& rng,
                                   const FoldPredict& predict);

}  // namespace tailor::predict
