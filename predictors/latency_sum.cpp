// Multiplying a correction out.
#include "predictors/latency_sum.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"

namespace tailor::predict {
namespace {

/// value = constant + ms * table_ms + block a block + node a node, a place's table_ms weighed by
/// `ms` and its share.
struct Linear {
  double constant = 0, ms = 1, block = 0, node = 0;
  bool shares = false;
};

/// What the residual model makes of a choice of the whole network. nullopt: it is open.
std::optional<double> weight_of_choice(const Axis& axis, const std::vector<bool>* allowed,
                                       const NamedRidge& model) {
  std::optional<double> out;
  for (size_t c = 0; c < axis.names.size(); ++c) {
    if (allowed && !(*allowed)[c]) continue;
    const double own = named_value(model.weights, "choices", axis.group + "=" + axis.names[c]);
    if (out && *out != own) return std::nullopt;
    out = own;
  }
  return out;
}

std::optional<Linear> multiply_out(const SearchSpace& space, const LatencyCorrection& correction,
                                   const std::vector<size_t>& whole_axes, const Restriction* only) {
  if (correction.networks.empty()) return Linear{};
  const NamedRidge& model = correction.residual_model;
  double factor = 1 + model.bias;
  for (const size_t axis : whole_axes) {
    const auto own =
        weight_of_choice(space.axes()[axis], only ? &only->allowed[axis] : nullptr, model);
    if (!own) return std::nullopt;
    factor += *own;
  }
  const auto& c = correction.coefficients;
  const bool shares = model.weights.contains("shares");
  if (shares && (c[0] != 0 || c[2] != 0 || c[3] != 0)) return std::nullopt;
  return Linear{factor * c[0], factor * c[1], factor * c[2], factor * c[3], shares};
}

/// The least that a sum can be, at most.
double lower_bound(const FactorSum& sum) {
  double out = sum.constant();
  for (const Factor& factor : sum.factors()) {
    double least = INFINITY;
    for (const double value : factor.values) {
      if (!std::isnan(value)) least = std::min(least, value);
    }
    out += least;
  }
  return out;
}

}  // namespace

std::optional<FactorSum> latency_sum(const SearchSpace& space, const Workload& workload,
                                     double network_ms, const LatencyTables::BlockTime& time,
                                     const LatencyCorrection& correction,
                                     const std::vector<size_t>& whole_axes,
                                     const std::function<std::string(const Block&)>& place_of,
                                     const Restriction* only) {
  const std::optional<Linear> linear = multiply_out(space, correction, whole_axes, only);
  if (!linear) return std::nullopt;
  const std::vector<BlockPlace> places = block_places(space, workload, only);
  const auto ms_weight = [&](const Block& block) {
    if (!linear->shares) return linear->ms;
    return linear->ms + correction.coefficients[1] * named_value(correction.residual_model.weights,
                                                                 "shares", place_of(block));
  };
  // sign * value + ratio * table_ms
  const auto combined = [&](double sign, double ratio) {
    const double constant =
        sign * (linear->constant + linear->ms * network_ms) + ratio * network_ms;
    return sum_over_places(space, places, constant, [&](size_t, const BlockChoice& choice) {
      const Block& block = *choice.block;
      const double ms = time(choice.block).ms;
      const double own = ms_weight(block) * ms + linear->block +
                         linear->node * static_cast<double>(block.nodes.size());
      return sign * own + ratio * ms;
    });
  };
  if (!correction.networks.empty()) {
    const bool kept = lower_bound(combined(1, -correction.min_ratio)) >= 0 &&
                      lower_bound(combined(-1, correction.max_ratio)) >= 0;
    if (!kept) return std::nullopt;
  }
  return combined(1, 0);
}

}  // namespace tailor::predict
