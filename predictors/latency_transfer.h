// Latency on a new device from a few measured archs and what other devices took for many.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "predictors/latency_archive.h"
#include "predictors/latency_regressor.h"

namespace tailor::predict {

/// What measuring more would give; errors are posterior standard deviations as parts of the mean
/// latency.
struct SampleAdvice {
  std::vector<Arch> archs;  ///< to measure next, most useful first
  double error_now = 0, error_then = 0;
};

/// A Bayesian linear regression over the sources' predictions, the whole network's work, each
/// block's work and the choices, in this order of trust before the first measurement.
class LatencyTransfer : public Predictor {
 public:
  /// space: must outlive this.
  explicit LatencyTransfer(const SearchSpace& space) : space_(space), costs_(space) {}

  /// Learns each device of the archive but `left_out` ("": none), forgetting what was learned
  /// before. Throws Error without a source left.
  void learn_sources(const LatencyArchive& archive, const std::string& left_out, const Rng& rng);
  std::vector<std::string> sources() const;

  /// Archs of the archive to measure on a new device, most useful first; chosen from the sources
  /// alone, one after the other, each where it lessens the expected error most.
  /// Source: sequential A-optimal design, Chaloner and Verdinelli, Statistical Science 10 (1995).
  std::vector<Arch> choose_samples(int64_t count) const;

  std::string kind() const override { return "latency_transfer"; }
  std::string metric() const override { return "latency_ms"; }
  /// Archs measured on the new device, in ms. Throws Error: sources not learned, fewer than two
  /// archs, lengths that differ, a latency that is not finite and above zero.
  void fit(std::span<const Arch> archs, std::span<const double> values, const Rng& rng) override;
  void estimate(std::span<const Arch> archs, std::span<Estimate> out) const override;
  /// The fewest further archs of the archive expected to bring the error to `relative_error`;
  /// `most` of them where that is not enough. Throws Error before fit.
  SampleAdvice advise(double relative_error, int64_t most) const;

  TensorFile to_file() const override;
  void from_file(const TensorFile& file) override;

  static constexpr size_t kMaxPool = 1000;  ///< archs of the archive to choose from

 private:
  struct Source {
    std::string device;
    LatencyRegressor model;
  };

  size_t size() const { return sources_.size() + costs_.size(); }
  FeatureParts parts() const;
  std::vector<double> row(const Arch& arch) const;
  /// Rows of the pool.
  std::vector<double> pool_rows() const;
  void scale_to_pool();
  void read_pool(const TensorFile& file);

  const SearchSpace& space_;
  CostFeatures costs_;
  std::vector<std::unique_ptr<Source>> sources_;
  std::vector<Arch> pool_;
  ColumnScale scale_;  ///< of sources and totals
  std::vector<Arch> measured_;
  double mean_ms_ = 0;
  PartRegression model_;  ///< without weights: nothing was learned
};

}  // namespace tailor::predict
