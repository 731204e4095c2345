// Axes of a group and values of its slots, as rules of a config name them.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "supernet/space/search_space.h"

namespace tailor {

/// Indices of a group's axes, by slot. Throws ConfigError naming the groups where there are none.
std::vector<size_t> axes_of_group(const SearchSpace& space, std::string_view group);

/// The choice with a value.
std::optional<size_t> choice_with(const Axis& axis, double value);

/// A value that none of the slots can hold is a slip of the pen. Throws ConfigError naming it;
/// slots_text: what the message calls them, "ks[4:7]".
void check_known_values(const SearchSpace& space, std::string_view slots_text,
                        std::span<const double> values, std::span<const size_t> axes);

}  // namespace tailor
