// Reading slots, applying rules.
#include "supernet/space/choice_rule.h"

#include <algorithm>

#include "core/error.h"
#include "supernet/space/group_axes.h"

namespace tailor {
namespace {

constexpr int kAll = std::numeric_limits<int>::max();

bool read_slot(std::string_view text, int& slot) {
  int64_t value = 0;
  if (!parse_number(text, value) || value < 0 || value >= kAll) return false;
  slot = static_cast<int>(value);
  return true;
}

/// Axes of the rule's slots. Throws ConfigError where there are none.
std::vector<size_t> axes_of(const SearchSpace& space, const ChoiceRule& rule) {
  const std::vector<size_t> all = axes_of_group(space, rule.group);
  const auto slots = static_cast<int>(all.size());
  if (rule.first >= slots || (rule.last != kAll && rule.last >= slots)) {
    throw ConfigError(str("'", space.name(), "' has no ", rule.slots(), ": slots of ", rule.group,
                          " are 0 to ", slots - 1));
  }
  return {all.begin() + rule.first, all.begin() + std::min(rule.last, slots - 1) + 1};
}

}  // namespace

ChoiceRule ChoiceRule::of(std::string_view slots) {
  ChoiceRule out;
  const size_t open = slots.find('[');
  out.group = slots.substr(0, open);
  if (open == std::string_view::npos) return out;
  const std::string_view inside = slots.substr(open + 1, slots.size() - open - 2);
  const size_t colon = inside.find(':');
  const bool closed = slots.back() == ']' && slots.size() > open + 2;
  const bool read =
      closed && read_slot(inside.substr(0, colon), out.first) &&
      read_slot(colon == std::string_view::npos ? inside : inside.substr(colon + 1), out.last);
  if (!read || out.last < out.first) {
    throw ConfigError(str("'", slots, "' must be a group, one slot of it as ", out.group,
                          "[3], or several as ", out.group, "[4:7]"));
  }
  return out;
}

std::string ChoiceRule::slots() const {
  if (first == 0 && last == kAll) return group;
  return first == last ? str(group, "[", first, "]") : str(group, "[", first, ":", last, "]");
}

bool ChoiceRule::allows(double value) const {
  const bool named = values.empty()
                         ? value >= low && value <= high
                         : std::find(values.begin(), values.end(), value) != values.end();
  return named != forbidden;
}

Restriction restrict_by(const SearchSpace& space, std::span<const ChoiceRule> rules) {
  const std::vector<Axis>& axes = space.axes();
  Restriction out;
  for (const Axis& axis : axes) out.allowed.emplace_back(axis.values.size(), true);
  for (const ChoiceRule& rule : rules) {
    const std::vector<size_t> slots = axes_of(space, rule);
    check_known_values(space, rule.slots(), rule.values, slots);
    for (const size_t i : slots) {
      const std::vector<double>& values = axes[i].values;
      if (values.size() == 1 && slots.size() > 1) continue;
      std::vector<bool>& allowed = out.allowed[i];
      for (size_t c = 0; c < values.size(); ++c) allowed[c] = allowed[c] && rule.allows(values[c]);
      // Archs hold the first of equal choices: it stands for all of them.
      for (size_t c = 0; c < values.size(); ++c) {
        if (allowed[c]) allowed[static_cast<size_t>(axes[i].same_as[c])] = true;
      }
      if (std::find(allowed.begin(), allowed.end(), true) != allowed.end()) continue;
      throw ConfigError(str("the rule for ", rule.slots(), " leaves no choice for ", axes[i].group,
                            "[", axes[i].slot, "], which can be ", join(axes[i].names, ", ")));
    }
  }
  return out;
}

}  // namespace tailor
