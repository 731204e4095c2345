// An estimator made from a function of one arch: the shortest way to bring one's own metric.
#pragma once

#include <functional>
#include <string>
#include <utility>

#include "predictors/estimator.h"

namespace tailor::search {

/// `function` is called from several threads at once.
class FunctionEstimator : public Estimator {
 public:
  FunctionEstimator(std::string metric, std::function<double(const Arch&)> function,
                    Provenance provenance = Provenance::analytic)
      : metric_(std::move(metric)), function_(std::move(function)), provenance_(provenance) {}

  std::string metric() const override { return metric_; }
  void estimate(std::span<const Arch> archs, std::span<Estimate> out) const override {
    for (size_t i = 0; i < archs.size(); ++i) out[i] = {function_(archs[i]), 0, provenance_};
  }

 private:
  std::string metric_;
  std::function<double(const Arch&)> function_;
  Provenance provenance_;
};

}  // namespace tailor::search
