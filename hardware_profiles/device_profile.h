// Datasheets of known devices: what is printed about them, each figure with its source. They take
// the place of a measurement where there is none, and say so.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "hardware_profiles/roofline.h"

namespace tailor::hw {

/// The runtime's name in the header of a table that nothing was measured for.
inline constexpr const char* kDatasheetRuntime = "datasheet";

/// One figure of a datasheet and where it is printed, or how it was computed.
struct Figure {
  double value = 0;
  std::string source;
};

/// One processor (CPU or GPU) of a device. Figures by name:
///   f32_gmacs_per_s, f16_…, bf16_…, int8_gmacs_per_s   peaks, 10^9 multiply-accumulates a second
///   memory_gbytes_per_s, memory_bytes, cache_bytes, cache_gbytes_per_s   cache: the last level
///   node_us, network_us                                 overheads, see Roofline
///   cores                                               of a CPU: what its peaks are the sum of
class DeviceProfile {
 public:
  static constexpr int64_t kFormatVersion = 1;

  std::string name;       ///< the file's, without ".yaml"
  std::string device;     ///< for people
  std::string processor;  ///< "cpu" or "gpu"
  std::map<std::string, Figure> figures;

  /// Throws IoError naming `file`, line and column: not YAML, another version, a figure that is
  /// unknown, out of range, without a source, or missing (f32, memory bandwidth, overheads, a CPU's
  /// cores).
  static DeviceProfile parse(const std::string& text, const std::string& file);
  static DeviceProfile load(const std::string& path);

  /// The figure's value; `otherwise` where the datasheet has none.
  double value(const std::string& figure, double otherwise = 0) const;
  /// For networks run by runtimes that fold batch norms and activations. threads: of a CPU's cores,
  /// as many as these; 0: all. A GPU is always whole.
  /// Throws Error naming the precisions that the datasheet has.
  Roofline roofline(Precision precision, int64_t threads = 0) const;
};

/// Folders with profiles, the nearest first: share/tailor/profiles and hardware_profiles/profiles
/// below the folder of the running program or one above it (installed, built, in the sources).
std::vector<std::string> profile_folders();
/// Names of the profiles in these folders, sorted.
std::vector<std::string> profile_names(const std::vector<std::string>& folders = profile_folders());
/// `name`: a profile of these folders, or a path that ends in ".yaml". Throws UnknownNameError with
/// the known names and the nearest one, and as load does.
DeviceProfile find_profile(const std::string& name,
                           const std::vector<std::string>& folders = profile_folders());

}  // namespace tailor::hw
