// The interface of everything that scores an arch: predictors, tables, counters, true evaluation.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "predictors/factor_sum.h"

namespace tailor {

/// Where a value comes from; the worst of its parts when there are several.
enum class Provenance { measured, fitted, interpolated, borrowed, analytic };
std::string provenance_name(Provenance provenance);

struct Estimate {
  double value = 0;
  double uncertainty = 0;  ///< one standard deviation, same unit; 0 when unknown
  Provenance provenance = Provenance::fitted;
};

/// Thread-safe for concurrent estimate() calls.
class Estimator {
 public:
  virtual ~Estimator() = default;
  /// "accuracy", "latency_ms", "macs", "params", "memory_bytes", ...
  virtual std::string metric() const = 0;
  /// out[i] is for archs[i]. Throws Error naming the arch it cannot score; never a default value.
  virtual void estimate(std::span<const Arch> archs, std::span<Estimate> out) const = 0;
  /// The estimator as a sum of tables, where it is one exactly (to rounding). It holds for archs of
  /// `only`; of others it says nothing.
  virtual std::optional<FactorSum> factor_sum(const Restriction* only) const {
    static_cast<void>(only);
    return std::nullopt;
  }
};

/// An estimator that is a sum of tables.
class FactorEstimator : public Estimator {
 public:
  FactorEstimator(std::string metric, FactorSum sum, Provenance provenance = Provenance::fitted)
      : metric_(std::move(metric)), sum_(std::move(sum)), provenance_(provenance) {}

  std::string metric() const override { return metric_; }
  void estimate(std::span<const Arch> archs, std::span<Estimate> out) const override;
  std::optional<FactorSum> factor_sum(const Restriction*) const override { return sum_; }

 private:
  std::string metric_;
  FactorSum sum_;
  Provenance provenance_;
};

/// One value.
double estimate_one(const Estimator& estimator, const Arch& arch);

}  // namespace tailor
