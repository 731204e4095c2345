// Profiling: every distinct block of a space measured once on a device, into a table that grows on
// disk; and whole networks measured the way its entries are comparable with.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "hardware_profiles/interleaved.h"
#include "hardware_profiles/lut.h"
#include "supernet/space/search_space.h"

namespace tailor::hw {

struct ProfileResult {
  LatencyTable table;
  int64_t blocks = 0;    ///< distinct blocks the space can use
  int64_t measured = 0;  ///< of them measured now; the others were in the file
  int64_t retaken = 0;   ///< of those measured again because the machine had been busy
};

/// Measures every block that archs of `only` can use, each as a network of its own, with
/// reference_sites as reference. What was measured while the reference was slow, by more than twice
/// the drift tolerance above its calm quarter, is measured again at the end, when that is calmer. A
/// table at `path` of the same conditions is kept and only missing entries are measured; one of
/// other conditions is refused. The file is written behind every entry (that took long enough to be
/// worth it), at the end, and before any error leaves. Throws IoError (see check_same_conditions),
/// DeviceError naming the block, Interrupted.
ProfileResult profile_space(const SearchSpace& space, DeviceBackend& backend,
                            const MeasureOptions& options, const std::string& path,
                            const Restriction* only = nullptr);

/// The same blocks, each behind the block in front of it, less what that one takes alone: what
/// alone is paid at both ends of a block (copies to another layout, cold caches) is paid once in a
/// network. What has no such block keeps its entry of `alone`, a finished table of this space; so
/// does a block that comes out at nothing. `path`: of the new table, as in profile_space.
ProfileResult profile_in_carriers(const SearchSpace& space, DeviceBackend& backend,
                                  const MeasureOptions& options, const LatencyTable& alone,
                                  const std::string& path);

/// A network and the time it took when a table was measured.
struct TimedArch {
  Arch arch;
  double ms = 0;
  double spread = 0;  ///< half the 95 % confidence interval, relative
  std::optional<int64_t> activation_bytes = std::nullopt;  ///< where the device can tell
};

/// Measures whole networks interleaved with reference_arch. table: brings them to the speed that
/// the reference network had when the table was begun. anchors: networks measured with the table;
/// they are measured again among the others, and all figures multiplied by the median of what they
/// took then to what they take now, because a busy or warm machine slows one network more than
/// another, and several tell better than one. activation_bytes: where given, each arch's are added,
/// nullopt where the device cannot tell. Throws DeviceError naming the arch, Interrupted.
Interleaved measure_archs(const SearchSpace& space, DeviceBackend& backend,
                          std::span<const Arch> archs, const MeasureOptions& options,
                          const LatencyTable* table = nullptr,
                          std::span<const TimedArch> anchors = {},
                          std::vector<std::optional<int64_t>>* activation_bytes = nullptr);

}  // namespace tailor::hw
