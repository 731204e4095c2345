// All whole solutions that matter above a value, by lists of points from the bottom of a
// decomposition to its top, each point under a bound from everything else.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "search/exact/decomposition.h"
#include "search/exact/point_list.h"

namespace tailor::search::exact {

class TreeSearch {
 public:
  /// The decomposition outlives it. stop: asked now and then with the number of points so far; true
  /// gives up.
  TreeSearch(const Decomposition& d, const Keep& keep, std::function<bool(size_t)> stop);

  /// Every whole solution within the limit and not below the threshold, but for those that
  /// `keep.best` others dominate. False when it gave up.
  bool run();

  /// Cost rises.
  const PointList& solutions() const { return lists_of_root().back(); }
  /// Codes of a solution, 0 where nothing was chosen.
  std::vector<Code> codes(size_t axes, const ListPoint& solution) const;
  /// Points in all lists.
  size_t points() const { return points_; }

 private:
  using Chain = std::vector<PointList>;  // a branch's offset, then with one more part each

  bool alive(const Branch& branch, const Hull& outside) const;
  void push_down(const Branch& branch, const Hull& outside);
  void bounds();
  bool chain(const Branch& branch, const Hull& outside, Chain& out);
  bool list(size_t part);
  bool go_on(size_t more);
  void read(const Branch& branch, const Chain& chain, size_t index, std::vector<Code>& codes) const;
  const Chain& lists_of_root() const { return root_chain_; }

  const Decomposition& d_;
  const Keep keep_;
  std::function<bool(size_t)> stop_;
  size_t points_ = 0;
  std::vector<std::vector<HullPoint>> above_;  // [part]: corners of what is outside, by each way in
  std::vector<Hull> outside_;                  // [part]: empty where no way leads to it
  std::vector<std::vector<Chain>> chains_;     // [part][branch]
  std::vector<PointList> lists_;               // [part]; left: branch, right: index in its chain
  Chain root_chain_;
};

}  // namespace tailor::search::exact
