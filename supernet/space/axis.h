// One choice of a search space: a slot, what it may hold, and when it matters.
#pragma once

#include <string>
#include <vector>

namespace tailor {

/// Slot `slot` of the group `group` ("ks", "e", "d", "w", "r", "mixer"). Choices are ordered from
/// the smallest network to the largest; a choice is addressed by its index.
struct Axis {
  std::string group;
  int slot = 0;
  std::string where;               ///< "stage1.block2", for people
  std::vector<std::string> names;  ///< text of each choice: "3", "0.25", "swa"
  std::vector<double> values;      ///< number of each choice (its index where it is only a name)
  int parent = -1;                 ///< axis this one depends on, or -1
  std::vector<bool> active_when;   ///< by the parent's choice: does this slot matter?
  std::vector<int> same_as;        ///< choice -> the first choice giving the same network
};

/// An axis over numbers with every choice distinct and no parent.
Axis number_axis(std::string group, int slot, std::string where, const std::vector<double>& values);

/// Makes `axis` matter only while axis `parent` (index `parent_index`) has a value for which
/// `active` holds; returns it.
template <class Predicate>
Axis depends_on(Axis axis, int parent_index, const Axis& parent, const Predicate& active) {
  axis.parent = parent_index;
  for (double value : parent.values) axis.active_when.push_back(active(value));
  return axis;
}

}  // namespace tailor
