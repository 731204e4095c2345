// Latency learned from measured archs of any space: a sum over blocks and choices, and a smooth
// function of the whole network's work, by Bayesian regression that outliers do not mislead.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "predictors/cost_features.h"
#include "predictors/part_regression.h"
#include "predictors/predictor.h"
#include "predictors/smooth_features.h"

namespace tailor::predict {

class LatencyRegressor : public Predictor {
 public:
  /// space: must outlive this.
  explicit LatencyRegressor(const SearchSpace& space) : space_(space), costs_(space) {}

  std::string kind() const override { return "latency_regressor"; }
  std::string metric() const override { return "latency_ms"; }
  /// values: milliseconds. Of more than kMaxRows archs a random choice is used. Throws Error: fewer
  /// than two archs, lengths that differ, a latency that is not finite and above zero.
  void fit(std::span<const Arch> archs, std::span<const double> values, const Rng& rng) override;
  void estimate(std::span<const Arch> archs, std::span<Estimate> out) const override;
  TensorFile to_file() const override;
  void from_file(const TensorFile& file) override;

  static constexpr size_t kMaxRows = 2000;

 private:
  std::vector<double> row(const Arch& arch) const;
  FeatureParts parts() const;

  const SearchSpace& space_;
  CostFeatures costs_;
  ColumnScale totals_;
  SmoothFeatures smooth_;
  PartRegression model_;  ///< without weights: nothing was learned
};

/// Throws Error naming the predictor: fewer than `least` archs, lengths that differ, a latency that
/// is not finite and above zero.
void check_latencies(const std::string& predictor, const SearchSpace& space,
                     std::span<const Arch> archs, std::span<const double> latency_ms, size_t least);

/// What estimate() of a predictor with a regression over rows does: all threads, a row an arch.
/// Throws Error when it has learned nothing.
void estimate_by_rows(const Predictor& predictor, const PartRegression& model,
                      const std::function<std::vector<double>(const Arch&)>& row,
                      std::span<const Arch> archs, std::span<Estimate> out);

/// The tensors of a regression, each name after `prefix`.
void write_regression(const PartRegression& model, const std::string& prefix, TensorFile& file);
/// size: features. Throws IoError naming file and tensor.
PartRegression read_regression(const TensorFile& file, const std::string& prefix, size_t size);

}  // namespace tailor::predict
