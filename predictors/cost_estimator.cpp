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
  static const std::vector<std::string> names = {"macs", "memory_bytes", "params", "state_bytes"};
  return names;
}

void CostEstimator::estimate(std::span<const Arch> archs, std::span<Estimate> out) const {
  TAILOR_CHECK(archs.size() == out.size(), archs.size(), " archs, room for ", out.size());
  for (size_t i = 0; i < archs.size(); ++i) {
    const NetworkSpec spec = space_.lower(archs[i], workload_);
    const Cost cost = network_cost(spec);
    const int64_t value = metric_ == "macs"          ? cost.macs
                          : metric_ == "params"      ? cost.params
                          : metric_ == "state_bytes" ? cost.state_bytes
                                                     : cost.memory_bytes();
    out[i] = {static_cast<double>(value), 0, Provenance::analytic};
  }
}

std::optional<FactorSum> CostEstimator::factor_sum(const Restriction* only) const {
  if (metric_ != "macs" && metric_ != "state_bytes") return std::nullopt;
  const bool macs = metric_ == "macs";
  return sum_over_places(space_, block_places(space_, workload_, only), 0,
                         [macs](size_t, const BlockChoice& choice) {
                           const Block& block = *choice.block;
                           return static_cast<double>(macs ? block.macs : block.state_bytes);
                         });
}

}  // namespace tailor::predict
