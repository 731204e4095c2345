// What full attention costs a layer in time, measured: limits of exact placement.
#pragma once

#include <cstdint>
#include <string>

#include "predictors/estimator.h"
#include "tools/stages/postnas.h"

namespace tailor::tools {

/// Milliseconds of one sequence, measured on whole networks with all layers linear and with all of
/// them full. Layers of one mixer are alike, so what lies between is a sum over layers.
struct PlacementLatency {
  double all_linear_ms = 0, all_full_ms = 0;

  /// What a layer adds by being full.
  double full_layer_ms(int64_t layers) const {
    return (all_full_ms - all_linear_ms) / static_cast<double>(layers);
  }
};

struct PlacementLatencies {
  PlacementLatency prefill;  ///< of a prompt of postnas.sizes.decode.context tokens
  PlacementLatency decode;   ///< of one token behind it
};

/// Medians of `rounds` measurements in turns; weights do not matter.
PlacementLatencies measure_placements(const Postnas& postnas, int64_t rounds);

/// A layer's table: a value for full attention and one for the placement's linear mixer, NaN for
/// every other mixer.
Factor mixer_factor(const Postnas& postnas, int layer, double full, double linear);

/// The latency of a placement as a sum of tables; NaN where a layer is neither full nor linear.
FactorEstimator placement_latency(const Postnas& postnas, const std::string& metric,
                                  const PlacementLatency& measured);

/// placement/latency.csv.
std::string placement_latency_csv(const PlacementLatencies& measured, int64_t layers);

}  // namespace tailor::tools
