// profile/networks.csv: the networks that were measured whole when the table was.
#pragma once

#include <string>
#include <vector>

#include "hardware_profiles/profile.h"

namespace tailor::tools {

/// Archs and their milliseconds at the table's speed, in the order measured. Throws IoError.
std::vector<hw::TimedArch> read_networks(const SearchSpace& space, const std::string& path);

/// A few of them, from the middle and evenly spread: what later measurements are brought to the
/// table's speed with.
std::vector<hw::TimedArch> anchors_of(std::vector<hw::TimedArch> networks);

}  // namespace tailor::tools
