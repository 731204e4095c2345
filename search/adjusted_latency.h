// A latency estimator that learns from networks measured after it was fitted.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "predictors/estimator.h"

namespace tailor::search {

/// A measured arch has its measured value. Every other one has the base's value times a ratio of
/// measured to predicted: the geometric mean over all that was learned, and of what is left one
/// weighted by closeness in latency; both pulled towards 1 while little is known.
class AdjustedLatency : public Estimator {
 public:
  /// base: must outlive this.
  explicit AdjustedLatency(const Estimator& base) : base_(base) {}

  /// Not to be called while others estimate. Of several measurements of one arch the last counts.
  /// Throws Error for a time that is not finite and above zero.
  void learn(const Arch& arch, double measured_ms, double spread);

  std::string metric() const override { return base_.metric(); }
  void estimate(std::span<const Arch> archs, std::span<Estimate> out) const override;

 private:
  struct Known {
    double predicted_ms = 0, measured_ms = 0;
    double spread = 0;  ///< relative
    double log_ratio = 0;
  };
  double ratio_at(double predicted_ms) const;

  const Estimator& base_;
  std::map<Arch, Known> known_;
  double everywhere_ = 0;  ///< mean of the logarithms of all ratios, pulled towards 0
};

}  // namespace tailor::search
