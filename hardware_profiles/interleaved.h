// Whole networks measured in turns, so that the machine's changing speed touches all of them alike:
// what finalists and the networks of a latency correction are measured with.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "hardware_profiles/measure.h"

namespace tailor::hw {

struct NamedNetwork {
  std::string name;  ///< for messages
  PreparedNetwork* network = nullptr;
};

/// Medians of the first and of the second half of a network's rounds (two at least).
struct Halves {
  double first = 0, second = 0;

  explicit Halves(std::span<const double> rounds);
  /// Relative to their mean: what a repeat of the measurement differs by.
  double difference() const;
};

struct Interleaved {
  std::vector<Measurement> measurements;  ///< in the order of the networks
  /// Milliseconds, scaled: [network][round].
  std::vector<std::vector<double>> rounds_ms;
  /// What repeats of this measurement differ by: median over the networks of the relative
  /// difference between the medians of the first and of the second half of the rounds. 0 when there
  /// is only one round.
  double floor = 0;
};

/// `options.rounds` rounds over the list, each network for about round_ms in each. With a
/// reference, read between any two networks, every figure is brought to the reference's start:
/// round by round where that makes the rounds agree better, else all by the same factor. A figure
/// across which the reference moved by more than the tolerance is retaken.
/// on_step(figures so far, of how many) may be empty. Throws DeviceError naming the network,
/// Interrupted.
Interleaved measure_interleaved(std::span<const NamedNetwork> networks,
                                const MeasureOptions& options, Reference* reference = nullptr,
                                const std::function<void(int64_t, int64_t)>& on_step = {});

}  // namespace tailor::hw
