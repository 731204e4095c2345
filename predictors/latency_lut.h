// Latency of a network as the sum of its blocks in a table, corrected by a fit on whole networks.
#pragma once

#include <array>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/rng.h"
#include "hardware_profiles/profile_db.h"
#include "predictors/estimator.h"
#include "predictors/latency_correction.h"
#include "predictors/latency_tables.h"
#include "supernet/space/search_space.h"

namespace tailor::predict {

/// How many milliseconds of a network's table sum come from which rung of the ladder.
struct LatencySources {
  std::array<double, hw::kRungs> ms = {};  ///< by hw::Rung

  double total_ms() const;
  /// Share of the sum that does not rest on entries of the device's own table, in [0, 1].
  double inexact_share() const;
  hw::Rung worst() const;
  /// "6.1 of 8.2 ms measured, 2.1 (26 %) interpolated".
  std::string text() const;
};

class LatencyLut : public Estimator {
 public:
  /// space: must outlive this. workload: the device's (DeviceBackend::workload). Without a
  /// correction the plain sum is given. Only entries of the table count.
  LatencyLut(const SearchSpace& space, const Workload& workload, hw::LatencyTable table);
  /// Blocks without an entry get their times from the rungs that `db` allows.
  LatencyLut(const SearchSpace& space, const Workload& workload, hw::ProfileDb db);
  ~LatencyLut() override;

  /// Fits the correction on whole networks, measured_ms[i] for archs[i]. Not thread-safe.
  void fit(std::span<const Arch> archs, std::span<const double> measured_ms);
  /// Throws Error when the correction is of another device than the table.
  void set_correction(LatencyCorrection correction);
  const LatencyCorrection& correction() const { return correction_; }
  const hw::LatencyTable& table() const { return db_.table(); }
  const hw::ProfileDb& db() const { return db_; }

  /// Table sum and counts. Throws Error naming the first block without a time.
  LatencyFeatures features(const Arch& arch) const;
  /// What the sum rests on. Throws as features.
  LatencySources sources(const Arch& arch) const;

  std::string metric() const override { return "latency_ms"; }
  /// Uncertainty: the correction's residual, relative, times the value. Provenance: the worst rung
  /// that the sum rests on; fitted at best with a correction.
  void estimate(std::span<const Arch> archs, std::span<Estimate> out) const override;
  /// Where the correction is a sum of tables too (see latency_sum). Throws as features.
  std::optional<FactorSum> factor_sum(const Restriction* only) const override;

 private:
  void renew_tables();
  class Cache;
  struct Sum {
    LatencyFeatures features;
    LatencySources sources;
  };
  /// with_named: the named features too, which a search need not pay for where nothing reads them.
  Sum sum(const Arch& arch, bool with_named) const;
  NamedFeatures named_features(const Arch& arch, const NetworkSpec& spec, double table_ms) const;

  const SearchSpace& space_;
  Workload workload_;
  hw::ProfileDb db_;
  LatencyCorrection correction_;
  std::vector<size_t> whole_axes_;  ///< of a group with one slot: they count for the whole network
  std::unique_ptr<Cache> cache_;
  std::unique_ptr<WhenItPays<LatencyTables>> tables_;  ///< made anew for another correction
};

/// n different archs to fit a correction on: the smallest and the largest (where `only` allows
/// them), the others at even steps through many random ones, in the order of `spread_over`'s
/// values. Fewer when the space has fewer.
std::vector<Arch> correction_archs(const SearchSpace& space, const Estimator& spread_over,
                                   int64_t n, const Rng& rng, const Restriction* only = nullptr);

}  // namespace tailor::predict
