// Ratios of measured to predicted, smoothed over latency.
#include "search/adjusted_latency.h"

#include <cmath>

#include "core/error.h"

namespace tailor::search {
namespace {

constexpr double kBandwidth = 0.1;  // of the closeness, in the logarithm of latency
constexpr double kPrior = 0.3;      // weight of no change, in measured networks

}  // namespace

void AdjustedLatency::learn(const Arch& arch, double measured_ms, double spread) {
  const double predicted = estimate_one(base_, arch);
  if (!std::isfinite(measured_ms) || measured_ms <= 0) {
    throw Error(str("cannot learn a latency of ", measured_ms, " ms"));
  }
  known_[arch] = {predicted, measured_ms, spread, std::log(measured_ms / predicted)};
  everywhere_ = 0;
  for (const auto& [each, known] : known_) everywhere_ += known.log_ratio;
  everywhere_ /= static_cast<double>(known_.size()) + kPrior;
}

double AdjustedLatency::ratio_at(double predicted_ms) const {
  double weights = kPrior, sum = 0;
  for (const auto& [arch, known] : known_) {
    const double apart = std::log(predicted_ms / known.predicted_ms) / kBandwidth;
    const double weight = std::exp(-0.5 * apart * apart);
    weights += weight;
    sum += weight * (known.log_ratio - everywhere_);
  }
  return std::exp(everywhere_ + sum / weights);
}

void AdjustedLatency::estimate(std::span<const Arch> archs, std::span<Estimate> out) const {
  base_.estimate(archs, out);
  for (size_t i = 0; i < archs.size(); ++i) {
    const auto found = known_.find(archs[i]);
    if (found != known_.end()) {
      const Known& known = found->second;
      out[i] = {known.measured_ms, known.spread * known.measured_ms, Provenance::measured};
    } else {
      const double ratio = ratio_at(out[i].value);
      out[i].value *= ratio;
      out[i].uncertainty *= ratio;
    }
  }
}

}  // namespace tailor::search
