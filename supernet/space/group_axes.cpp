// Looking groups and values up.
#include "supernet/space/group_axes.h"

#include <algorithm>

#include "core/error.h"

namespace tailor {

std::vector<size_t> axes_of_group(const SearchSpace& space, std::string_view group) {
  std::vector<size_t> out;
  for (int slot = 0; space.axis_index(group, slot) >= 0; ++slot) {
    out.push_back(static_cast<size_t>(space.axis_index(group, slot)));
  }
  if (!out.empty()) return out;
  throw ConfigError(str("'", space.name(), "' has no axis group '", group,
                        "'; groups: ", join(space.groups(), ", ")));
}

std::optional<size_t> choice_with(const Axis& axis, double value) {
  const auto found = std::find(axis.values.begin(), axis.values.end(), value);
  if (found == axis.values.end()) return std::nullopt;
  return static_cast<size_t>(found - axis.values.begin());
}

void check_known_values(const SearchSpace& space, std::string_view slots_text,
                        std::span<const double> values, std::span<const size_t> axes) {
  for (const double value : values) {
    const bool known = std::any_of(axes.begin(), axes.end(), [&](size_t axis) {
      return choice_with(space.axes()[axis], value).has_value();
    });
    if (known) continue;
    throw ConfigError(
        str("no slot of ", slots_text, " in '", space.name(), "' can be ", number(value)));
  }
}

}  // namespace tailor
