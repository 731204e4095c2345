// Reading measured networks.
#include "tools/stages/measured_networks.h"

#include <algorithm>

#include "core/error.h"
#include "core/file.h"

namespace tailor::tools {

std::vector<hw::TimedArch> read_networks(const SearchSpace& space, const std::string& path) {
  const Csv csv = Csv::load(path);
  const size_t arch = csv.column("arch"), ms = csv.column("measured_ms"),
               spread = csv.column("spread");
  const auto memory = std::find(csv.header.begin(), csv.header.end(), "activation_bytes");
  std::vector<hw::TimedArch> out;
  for (const auto& row : csv.rows) {
    double value = 0, uncertain = 0;
    if (!parse_number(row[ms], value) || value <= 0) {
      throw IoError(str(path, ": '", row[ms], "' is no time"));
    }
    if (!parse_number(row[spread], uncertain)) {
      throw IoError(str(path, ": '", row[spread], "' is no spread"));
    }
    hw::TimedArch& to = out.emplace_back(hw::TimedArch{space.parse(row[arch]), value, uncertain});
    if (memory == csv.header.end()) continue;  // of an earlier version
    const std::string& bytes = row[static_cast<size_t>(memory - csv.header.begin())];
    if (bytes.empty()) continue;
    if (!parse_number(bytes, to.activation_bytes.emplace()) || *to.activation_bytes < 0) {
      throw IoError(str(path, ": '", bytes, "' is no number of bytes"));
    }
  }
  return out;
}

std::vector<hw::TimedArch> anchors_of(std::vector<hw::TimedArch> networks) {
  constexpr size_t kAnchors = 5;
  std::sort(networks.begin(), networks.end(),
            [](const auto& a, const auto& b) { return a.ms < b.ms; });
  if (networks.size() <= kAnchors) return networks;
  std::vector<hw::TimedArch> out;
  for (size_t i = 0; i < kAnchors; ++i) {
    out.push_back(networks[(2 * i + 1) * networks.size() / (2 * kAnchors)]);
  }
  return out;
}

}  // namespace tailor::tools
