// The measuring policy: warm up until stable, repeat until the confidence interval is tight, watch
// a reference network to see the machine's own speed move. Knows no device and reads no clock: the
// times come from PreparedNetwork.
#pragma once

#include <cstdint>
#include <string>

#include "core/config_node.h"
#include "hardware_profiles/chunk_sampler.h"
#include "hardware_profiles/device.h"
#include "hardware_profiles/reference.h"

namespace tailor::hw {

/// Times are milliseconds of the network's own running time.
struct MeasureOptions {
  double chunk_ms = 2;             ///< runs are timed in chunks of about this long
  double warmup_ms = 30;           ///< most time spent warming up
  double warmup_tolerance = 0.05;  ///< warm once a chunk is no faster than the best by more
  int64_t min_repeats = 8;         ///< chunks, taken whatever they cost
  int64_t max_repeats = 400;       ///< chunks
  double target_spread = 0.01;     ///< stop when the relative confidence interval is this tight
  double budget_ms = 150;          ///< time a network, beyond the first min_repeats
  double settle_ms = 4;            ///< runs not read after another network ran; at least two
  double reference_ms = 20;        ///< of one reading of a reference, all its networks
  double drift_tolerance = 0.06;   ///< retake when the reference moves by more across an entry
  double max_spread = 0.05;        ///< retake, and mark, a figure that is less certain
  int64_t retakes = 2;             ///< most retakes of an entry
  int64_t rounds = 9;              ///< of an interleaved measurement
  double round_ms = 40;            ///< time a network in each round
  bool cold = false;               ///< evict this machine's caches before every run

  static MeasureOptions read(const ConfigNode& config);
};

/// A figure and how sure it is.
struct Measurement {
  double median_ms = 0;
  double spread = 0;  ///< half the 95 % confidence interval of the median, relative
  int64_t count = 0;  ///< runs behind the figure
  double drift = 0;   ///< the reference's relative change across the measurement
  double scale = 1;   ///< what median_ms was multiplied with to undo the machine's speed
  int64_t retaken = 0;
  double slowdown = 1;   ///< the reference's around it, against its start; 1 without one
  bool bimodal = false;  ///< its chunks fall into two groups: no one figure describes it
};

/// Measures one network by itself. Throws DeviceError naming it.
Measurement measure_network(PreparedNetwork& network, const std::string& name,
                            const MeasureOptions& options);

/// The same between two readings of the reference (its last one and a new one): scaled to the
/// reference's start, retaken while the two differ by more than the tolerance, the confidence
/// interval is wider than max_spread, or the chunks fall into two groups; of several takes the one
/// with the least of all three counts.
Measurement measure_network(PreparedNetwork& network, const std::string& name,
                            const MeasureOptions& options, Reference& reference);

}  // namespace tailor::hw
