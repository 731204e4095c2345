// Estimators that count.
#include "predictors/cost_estimator.h"

#include <algorithm>
#include <utility>

#include "core/error.h"
#include "predictors/block_sum.h"
#include "supernet/space/cost.h"

namespace tailor::predict {

CostEstimator::CostEstimator(const SearchSpace& space, std::string metric, const Workload& workload)
    : space_(space), metric_(std::move(metric)), workload_(workload) {
  const std::vector<std::string>& known = metrics();
  if (std::find(known.begin(), known.end(), metric_) == known.end()) {
    throw UnknownNameError(unknown_name_text("counted metric", metric_, known));
  }
}

const std::vector<std::string>& CostEstimator::metrics() {
  static const std::vector<std::string> names = {"macs", "memory_bytes", "params"};
  return names;
}

void CostEstimator::estimate(std::span<const Arch> archs, std::span<Estimate> out) const {
  TAILOR_CHECK(archs.size() == out.size(), archs.size(), " archs, room for ", out.size());
  for (size_t i = 0; i < archs.size(); ++i) {
    const NetworkSpec spec = space_.lower(archs[i], workload_);
    int64_t value = 0;
    if (metric_ == "macs") {
      for (const BlockUse& use : spec.blocks) value += use.block->macs;
    } else {
      const Cost cost = network_cost(spec);
      value = metric_ == "params" ? cost.params : cost.memory_bytes();
    }
    out[i] = {static_cast<double>(value), 0, Provenance::analytic};
  }
}

std::optional<FactorSum> CostEstimator::factor_sum(const Restriction* only) const {
  if (metric_ != "macs") return std::nullopt;
  return sum_over_places(
      space_, block_places(space_, workload_, only), 0,
      [](size_t, const BlockChoice& choice) { return static_cast<double>(choice.block->macs); });
}

}  // namespace tailor::predict
