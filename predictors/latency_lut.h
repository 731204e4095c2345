// Latency of a network as the sum of its blocks in a table, corrected by a fit on whole networks.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/rng.h"
#include "hardware_profiles/lut.h"
#include "predictors/estimator.h"
#include "predictors/latency_correction.h"
#include "supernet/space/search_space.h"

namespace tailor::predict {

class LatencyLut : public Estimator {
 public:
  /// space: must outlive this. workload: the device's (DeviceBackend::workload). Without a
  /// correction the plain sum is given.
  LatencyLut(const SearchSpace& space, const Workload& workload, hw::LatencyTable table);
  ~LatencyLut() override;

  /// Fits the correction on whole networks, measured_ms[i] for archs[i]. Not thread-safe.
  void fit(std::span<const Arch> archs, std::span<const double> measured_ms);
  /// Throws Error when the correction is of another device than the table.
  void set_correction(LatencyCorrection correction);
  const LatencyCorrection& correction() const { return correction_; }
  const hw::LatencyTable& table() const { return table_; }

  /// Table sum and counts. Throws Error naming the first block without an entry.
  LatencyFeatures features(const Arch& arch) const;

  std::string metric() const override { return "latency_ms"; }
  /// Uncertainty: the correction's residual, relative, times the value; measured provenance only
  /// without a correction.
  void estimate(std::span<const Arch> archs, std::span<Estimate> out) const override;

 private:
  class Cache;
  const SearchSpace& space_;
  Workload workload_;
  hw::LatencyTable table_;
  LatencyCorrection correction_;
  std::unique_ptr<Cache> cache_;
};

/// n different archs to fit a correction on: the smallest and the largest (where `only` allows
/// them), the others drawn at random and spread evenly over the range of `spread_over`'s values.
/// Fewer when the space has fewer.
std::vector<Arch> correction_archs(const SearchSpace& space, const Estimator& spread_over,
                                   int64_t n, const Rng& rng, const Restriction* only = nullptr);

}  // namespace tailor::predict
