// Two latency tables of one device: made into one, or compared.
#pragma once

#include <string>
#include <vector>

#include "hardware_profiles/lut.h"

namespace tailor::hw {

/// All entries of both tables, at `a`'s speed: times of `b` are multiplied by the ratio of the
/// reference networks' times. Of an entry in both, the one with the smaller spread stays (`a`'s on
/// a tie). The header is `a`'s. Throws IoError naming `b_path` when the two were measured under
/// other conditions (see check_same_conditions), or when a table has no reference time to compare
/// speeds by.
LatencyTable merge_tables(const LatencyTable& a, const LatencyTable& b, const std::string& b_path);

struct TableDifference {
  struct Entry {
    std::string label;
    double a_ms = 0;
    double b_ms = 0;      ///< at a's speed
    double relative = 0;  ///< b / a - 1
  };
  size_t common = 0;
  double scale = 1;          ///< b's times were multiplied by it
  bool scaled = false;       ///< false: the reference networks differ or were not measured
  double median = 0;         ///< of |relative| over common entries
  double p95 = 0;            ///< 95th percentile of the same
  std::vector<Entry> worst;  ///< at most ten, the largest |relative| first
  std::vector<std::string> only_a, only_b;  ///< labels, in the order of the keys

  std::string text() const;
};

/// Any two tables may be compared, those of two devices as well: then the median says how alike the
/// devices are once one is brought to the other's speed.
TableDifference diff_tables(const LatencyTable& a, const LatencyTable& b);

}  // namespace tailor::hw
