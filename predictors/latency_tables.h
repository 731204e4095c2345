// A corrected table sum for a search: everything that depends on an arch by look-ups in arrays.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "hardware_profiles/profile_db.h"
#include "predictors/block_sum.h"
#include "predictors/latency_correction.h"

namespace tailor::predict {

class LatencyTables {
 public:
  /// Milliseconds of a block and where they come from. May throw Error where there are none.
  using BlockTime = std::function<hw::ProfileDb::Answer(const std::shared_ptr<const Block>&)>;

  /// whole_axes: those whose choices the correction's "choices" name. place_of: the name that
  /// "shares" has for a block.
  LatencyTables(const SearchSpace& space, const Workload& workload, double network_ms,
                const BlockTime& time, const LatencyCorrection& correction,
                const std::vector<size_t>& whole_axes,
                const std::function<std::string(const Block&)>& place_of);

  struct Answer {
    double ms = 0;  ///< NaN where a block has no time
    hw::Rung worst = hw::Rung::measured;
  };
  /// To rounding what the table sum and the correction give for the lowered network.
  Answer operator()(const Arch& arch) const;

 private:
  struct Entry {
    double ms = 0;
    float blocks = 0, nodes = 0;
    hw::Rung rung = hw::Rung::measured;
  };
  double corrected(const Arch& arch, double table_ms, double blocks, double nodes,
                   double weighed_ms) const;

  FactorSum sum_;
  std::vector<std::vector<Entry>> entries_;  // [place][entry]
  std::vector<double> place_weights_;        // of its part of the sum, in the residual model
  std::vector<size_t> whole_axes_;
  std::vector<std::vector<double>> choice_weights_;  // [whole axis][choice]
  LatencyCorrection correction_;
};

}  // namespace tailor::predict
