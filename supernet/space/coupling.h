// Axes that move together: what a config's `couple` says.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/config_node.h"
#include "supernet/space/search_space.h"

namespace tailor {

/// Values of groups that belong together, as depth and expansion in CompOFA (Sahni et al. 2021):
/// where a slot of one group holds its i-th value, the slots of the others in the same place hold
/// their i-th values. The order of the groups says nothing.
struct CouplingRule {
  std::vector<std::pair<std::string, std::vector<double>>> groups;

  /// {d: [2, 3, 4], e: [3, 4, 6]}. Throws ConfigError: one group only, lists of different lengths.
  static CouplingRule read(const ConfigNode& section);
  bool empty() const { return groups.empty(); }
};

/// Adds a rule to a restriction. The group in whose slots' places the others' slots lie leads: a
/// slot follows the leader that names its place ("stage1" for "stage1.block2"), or that stands
/// alone in its group ("r"); a slot with one choice only that the rule does not name keeps it.
/// Throws ConfigError: an unknown group or value, no group that can lead or one with a value twice,
/// a choice of a leader without a rule, a follower that can matter where its leader does not,
/// nothing left to choose.
void couple(const SearchSpace& space, const CouplingRule& rule, Restriction& only);

}  // namespace tailor
