// Two latency tables of one device: made into one, or compared.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "hardware_profiles/lut.h"

namespace tailor::hw {

/// What brings times of one table's entries to another's speed.
struct TableScale {
  double factor = 1;
  std::string source;  ///< for people: "the median of 12 reference blocks"
};
/// For times of `b`, at `a`'s speed: the median ratio of their reference blocks where both have the
/// same ones, else the ratio of their reference networks' times; none where these differ or have no
/// time.
std::optional<TableScale> table_scale(const TableHeader& a, const TableHeader& b);

/// All entries of both tables, at `a`'s speed (see table_scale). Of an entry in both, the one with
/// the smaller spread stays (`a`'s on a tie). The header is `a`'s. Throws IoError naming `b_path`
/// when the two were measured under other conditions (see check_same_conditions), or when they have
/// no reference to compare speeds by.
LatencyTable merge_tables(const LatencyTable& a, const LatencyTable& b, const std::string& b_path);

struct TableDifference {
  struct Entry {
    std::string label;
    double a_ms = 0;
    double b_ms = 0;      ///< at a's speed
    double relative = 0;  ///< b / a - 1
  };
  size_t common = 0;
  std::optional<TableScale> scale;          ///< b's times were multiplied by it
  double median = 0;                        ///< of |relative| over common entries
  double p95 = 0;                           ///< 95th percentile of the same
  std::vector<Entry> worst;                 ///< at most ten, the largest |relative| first
  std::vector<std::string> only_a, only_b;  ///< labels, in the order of the keys

  std::string text() const;
};

/// Any two tables may be compared, those of two devices as well: then the median says how alike the
/// devices are once one is brought to the other's speed.
TableDifference diff_tables(const LatencyTable& a, const LatencyTable& b);

}  // namespace tailor::hw
