// Which choices of a search space are left, slot by slot: what a config's `fix` says.
#pragma once

#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "supernet/space/search_space.h"

namespace tailor {

/// Some slots of a group may hold, or with `forbidden` may not hold, these values: those listed, or
/// where none are listed those from `low` to `high`.
struct ChoiceRule {
  std::string group;
  int first = 0, last = std::numeric_limits<int>::max();  ///< slots; beyond the group's end: to it
  std::vector<double> values = {};
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  bool forbidden = false;

  /// "ks" (every slot), "ks[3]" or "ks[4:7]" as group and slots. Throws ConfigError.
  static ChoiceRule of(std::string_view slots);
  bool allows(double value) const;
  /// "ks[4:7]", as `of` reads it.
  std::string slots() const;
};

/// The choices that every rule allows. A slot with one choice only keeps it, whatever a rule for
/// its whole group says. Throws ConfigError: an unknown group, slot or value, a rule that leaves a
/// slot without a choice.
Restriction restrict_by(const SearchSpace& space, std::span<const ChoiceRule> rules);

}  // namespace tailor
