// Estimators that count: multiply-accumulates, parameters, memory.
#pragma once

#include <string>
#include <vector>

#include "predictors/estimator.h"
#include "supernet/space/search_space.h"

namespace tailor::predict {

class CostEstimator : public Estimator {
 public:
  /// metric: one of metrics(). space: must outlive this. Throws UnknownNameError.
  CostEstimator(const SearchSpace& space, std::string metric, const Workload& workload = {});

  /// "macs" (for the workload's batch), "params" (trainable elements), "memory_bytes" (peak
  /// activations plus weights), "state_bytes" (caches and recurrent states of the workload's
  /// sequences).
  static const std::vector<std::string>& metrics();

  std::string metric() const override { return metric_; }
  void estimate(std::span<const Arch> archs, std::span<Estimate> out) const override;
  /// For "macs" and "state_bytes", which add up over blocks.
  std::optional<FactorSum> factor_sum(const Restriction* only) const override;

 private:
  const SearchSpace& space_;
  std::string metric_;
  Workload workload_;
};

}  // namespace tailor::predict
