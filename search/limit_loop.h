// A search whose winner keeps its latency limit on the device: candidates are measured, the
// estimator learns from them, and the search goes on until the best one that was measured is within
// the limit and close to it.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "core/config_node.h"
#include "search/driver.h"

namespace tailor::search {

struct LimitLoopOptions {
  int64_t rounds = 0;      ///< most searches; 0: nothing is measured
  int64_t candidates = 6;  ///< measured in each round
  double closest = 0.95;   ///< done when the winner takes this share of the limit

  static LimitLoopOptions read(const ConfigNode& section);
};

/// One network measured.
struct MeasuredArch {
  int64_t round = 0;
  Arch arch;
  double predicted_ms = 0;  ///< by the estimator before it learned anything
  double measured_ms = 0;
  double spread = 0;  ///< half the 95 % confidence interval, relative
  std::string note;   ///< "winner", "confirms" or ""
};

/// Measures networks side by side; fills measured_ms and spread of each.
using MeasureArchs = std::function<void(std::span<MeasuredArch>)>;

struct LimitLoop {
  SearchResult result;  ///< of the last round, with the winner as its best
  std::vector<MeasuredArch> measured;
};

/// `problem` limits `latency`, an estimator of latency_ms, on one device. Each round searches with
/// what is known, measures the best candidates, and learns. The winner is the best measured one
/// that holds the limit with 95 % confidence (one-sided). It was prepared and measured twice at
/// least, because the best of several measurements is likely a lucky one; candidates that are
/// better and may yet hold the limit are measured again too, up to four times. A network's latency
/// is the mean of its measurements, its interval that of MeanLatency. Each round's search has a
/// seed of its own. The loop ends early when two searches in a row find no better arch than the
/// winner, or the winner is close to the limit. known: measurements of an earlier run that was cut
/// off, which are not made again. on_measured: called after each measuring, with all rows; saves
/// them. Throws InfeasibleError with the smallest measured latency when no candidate holds the
/// limit.
LimitLoop search_within_limit(
    const Problem& problem, const Estimator& latency, const StrategyChoice& strategy,
    const DriverOptions& driver, const LimitLoopOptions& options, const MeasureArchs& measure,
    std::vector<MeasuredArch> known = {},
    const std::function<void(std::span<const MeasuredArch>)>& on_measured = {});

}  // namespace tailor::search
