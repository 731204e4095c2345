// Means, variances within and between preparations.
#include "search/mean_latency.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/error.h"

namespace tailor::search {
namespace {

constexpr double kInterval = 1.96;        // half a 95 % interval, in standard deviations
constexpr double kPriorBetween = 0.0125;  // relative, before any arch was measured twice
constexpr double kPriorWeight = 2;        // in differences seen

double mean_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

/// The middle value, of an even number the upper one.
double upper_median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// spread: of one measurement, from within it; between: standard deviation between preparations.
double interval_of_mean(double spread, double between, int64_t count) {
  return std::hypot(spread, kInterval * between) / std::sqrt(static_cast<double>(count));
}

}  // namespace

double MeanLatency::Known::mean() const { return mean_of(ms); }

void MeanLatency::add(const Arch& arch, double measured_ms, double spread) {
  if (!std::isfinite(measured_ms) || measured_ms <= 0 || !std::isfinite(spread) || spread < 0) {
    throw Error(str("cannot learn a latency of ", measured_ms, " ms +- ", spread));
  }
  Known& known = known_[arch];
  known.ms.push_back(measured_ms);
  known.spreads.push_back(spread);
}

int64_t MeanLatency::count(const Arch& arch) const {
  const auto found = known_.find(arch);
  return found == known_.end() ? 0 : static_cast<int64_t>(found->second.ms.size());
}

const MeanLatency::Known& MeanLatency::known(const Arch& arch) const {
  const auto found = known_.find(arch);
  if (found == known_.end()) throw Error("the arch was not measured");
  return found->second;
}

double MeanLatency::between() const {
  double squares = kPriorWeight * kPriorBetween * kPriorBetween, weight = kPriorWeight;
  for (const auto& [arch, known] : known_) {
    const double mean = known.mean();
    for (double ms : known.ms) squares += (ms / mean - 1) * (ms / mean - 1);
    weight += static_cast<double>(known.ms.size() - 1);
  }
  return std::sqrt(squares / weight);
}

double MeanLatency::expected_spread(int64_t count) const {
  std::vector<double> spreads;
  for (const auto& [arch, known] : known_) {
    spreads.insert(spreads.end(), known.spreads.begin(), known.spreads.end());
  }
  return interval_of_mean(spreads.empty() ? 0 : upper_median(spreads), between(), count);
}

MeanLatency::Figure MeanLatency::of(const Arch& arch) const { return after(arch, count(arch)); }

MeanLatency::Figure MeanLatency::after(const Arch& arch, int64_t count) const {
  const Known& known = this->known(arch);
  return {known.mean(), interval_of_mean(mean_of(known.spreads), between(), count), count};
}

}  // namespace tailor::search
