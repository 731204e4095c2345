// How well a run folder's latency predictor does on networks that took no part in it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/run_dir.h"
#include "hardware_profiles/interleaved.h"
#include "predictors/quality.h"
#include "tools/session.h"

namespace tailor::tools {

struct LatencyBench {
  std::vector<Arch> archs;
  std::vector<double> predicted_ms;
  hw::Interleaved measured;
  predict::Quality quality;
  /// Share of the archs whose two halves of the rounds differ by 10 % or less: what `within_10pct`
  /// would be for a perfect prediction of a repeat.
  double repeats_within_10pct = 0;

  /// One row an arch: predicted and measured time, spread, and each half of the rounds.
  std::string csv(const SearchSpace& space) const;
  /// `mape`, `within_10pct`, `spearman`, `floor`, `n` and what they were measured on.
  /// With `space` the archs one by one as well.
  std::string json(const hw::DeviceInfo& device, const SearchSpace* space = nullptr) const;
  std::string text(const hw::DeviceInfo& device) const;
};

/// `count` archs (each slot uniformly over its choices) that the run folder's fit has not seen.
std::vector<Arch> draw_unseen(const Session& session, const RunDir& run, int64_t count,
                              const Rng& rng);

/// Predicts archs with the run folder's predictor and measures them interleaved, at the table's
/// speed. Profile and fit must be done. quality needs two archs; with one it stays empty.
LatencyBench bench_latency(const Session& session, const RunDir& run, std::vector<Arch> archs);

}  // namespace tailor::tools
