// Axes that move together: what a config's `couple` says.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/config_node.h"
#include "supernet/space/search_space.h"

namespace tailor {

/// Values of groups that belong together, as depth and expansion in CompOFA (Sahni et al. 2021):
/// where a slot of the first group holds its i-th value, the slots of the other groups in the same
/// place hold their i-th values.
struct CouplingRule {
  std::vector<std::pair<std::string, std::vector<double>>> groups;  ///< the first one leads

  /// {d: [2, 3, 4], e: [3, 4, 6]}. Throws ConfigError: one group only, lists of different lengths
  /// or with a value of the leader twice.
  static CouplingRule read(const ConfigNode& section);
  bool empty() const { return groups.empty(); }
};

/// Adds a rule to a restriction. A slot follows the one of the leading group that names its place
/// ("stage1" for "stage1.block2"), or that stands alone in its group ("r"); a slot with one choice
/// only that the rule does not name keeps it. Throws ConfigError: an unknown group or value, a
/// choice of a leader without a rule, a follower that can matter where its leader does not, nothing
/// left to choose.
void couple(const SearchSpace& space, const CouplingRule& rule, Restriction& only);

}  // namespace tailor
