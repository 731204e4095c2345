// Times of blocks on a device, from the best source there is: its table, the table's neighbouring
// entries, the table of a similar device, its datasheet. Every answer says which.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/config_node.h"
#include "hardware_profiles/device_profile.h"
#include "hardware_profiles/interpolation.h"
#include "hardware_profiles/lut.h"

namespace tailor::hw {

/// The rungs of the ladder, from the best. measured: an entry of the device's own table.
enum class Rung { measured, interpolated, borrowed, analytic };
inline constexpr size_t kRungs = 4;
std::string rung_name(Rung rung);

/// Which rungs below `measured` may be used, and what they use. Part of the section `profile`.
struct LadderOptions {
  std::vector<std::string> fallback;  ///< of interpolated, borrowed, analytic
  std::string borrow_from;            ///< a table's file
  std::string datasheet;              ///< a device profile's name or file

  /// Reads its keys of `profile`; leaves finish() to the caller. Throws ConfigError when a rung
  /// lacks what it uses, or something is given that no rung uses.
  static LadderOptions read(const ConfigNode& profile);
  bool allows(Rung rung) const;
};

/// What the rungs use, loaded.
struct Ladder {
  bool interpolated = false;
  std::optional<LatencyTable> lender = {};
  std::optional<DeviceProfile> datasheet = {};

  /// Throws IoError, UnknownNameError.
  static Ladder open(const LadderOptions& options);
};

/// Immutable; find() may be called by many threads at once.
class ProfileDb {
 public:
  /// Throws Error when the lender's precision or batch differs from the table's, when the datasheet
  /// has no peak for the table's precision, or when nothing tells how fast the device is beside the
  /// lender: fewer than three common entries and not the same reference.
  explicit ProfileDb(LatencyTable table, Ladder ladder = {});

  const LatencyTable& table() const { return table_; }

  struct Answer {
    double ms = 0;
    Rung rung = Rung::measured;
  };
  /// Milliseconds of a block run alone. The rungs are tried from the best; a time borrowed is the
  /// lender's, scaled by the median ratio over common entries (or by their references'
  /// times); an analytic one is scaled likewise where the table has three entries or more, because
  /// a datasheet's peaks alone would make what was never measured look fast. Throws Error naming
  /// block and device when no allowed rung has an answer.
  Answer find(const Block& block) const;

  /// What a network takes beside its blocks: the datasheet's overhead where nothing was measured,
  /// else 0 (blocks measured alone hold it already).
  double network_ms() const { return network_ms_; }
  /// Where times come from, for people: one line a rung that may be used.
  std::vector<std::string> description() const;

 private:
  std::optional<double> interpolated_ms(const Block& block) const;
  std::optional<double> borrowed_ms(const Block& block) const;
  std::optional<double> analytic_ms(const Block& block) const;
  [[noreturn]] void fail(const Block& block) const;

  LatencyTable table_;
  Ladder ladder_;
  std::optional<Interpolation> interpolation_;
  std::optional<Roofline> roofline_;
  Precision precision_ = Precision::f32;
  double lender_scale_ = 1, datasheet_scale_ = 1;
  size_t lender_common_ = 0, datasheet_common_ = 0;
  double network_ms_ = 0;
};

/// A table without entries whose times are all to come from a datasheet.
LatencyTable datasheet_table(const DeviceProfile& profile, const Workload& workload,
                             int64_t threads, const std::string& space);

}  // namespace tailor::hw
