// Bounds from the top down, lists from the bottom up.
#include "search/exact/tree_search.h"

#include <algorithm>
#include <utility>

namespace tailor::search::exact {
namespace {

/// Pairs of points that one sum of two lists may have.
constexpr size_t kMostPairs = 200'000'000;

}  // namespace

TreeSearch::TreeSearch(const Decomposition& d, const Keep& keep, std::function<bool(size_t)> stop)
    : d_(d),
      keep_(keep),
      stop_(std::move(stop)),
      above_(d.parts.size()),
      outside_(d.parts.size()),
      chains_(d.parts.size()),
      lists_(d.parts.size()) {}

bool TreeSearch::go_on(size_t more) {
  points_ += more;
  return !stop_(points_);
}

/// Can a branch be in a solution that matters, at the relaxed best of it and of what is outside?
bool TreeSearch::alive(const Branch& branch, const Hull& outside) const {
  return branch.hull.best_split(outside, keep_.limit) >= keep_.threshold;
}

/// For each part of a branch: what is outside of the branch, its own offset, and the other parts.
void TreeSearch::push_down(const Branch& branch, const Hull& outside) {
  const size_t n = branch.parts.size();
  std::vector<Hull> after(n + 1);  // parts k and later
  after[n] = Hull({{0, 0}});
  for (size_t k = n; k-- > 1;) after[k] = d_.parts[branch.parts[k]].hull.plus(after[k + 1]);
  Hull before = outside.plus(branch.cost, branch.value);
  for (size_t k = 0; k < n; ++k) {
    const Hull rest = before.plus(after[k + 1]);
    std::vector<HullPoint>& above = above_[branch.parts[k]];
    above.insert(above.end(), rest.corners().begin(), rest.corners().end());
    if (k + 1 < n) before = before.plus(d_.parts[branch.parts[k]].hull);
  }
}

void TreeSearch::bounds() {
  const Hull nothing({{0, 0}});
  if (alive(d_.root, nothing)) push_down(d_.root, nothing);
  for (size_t p = d_.parts.size(); p-- > 0;) {
    if (above_[p].empty()) continue;
    outside_[p] = Hull(std::exchange(above_[p], {}));
    for (const Branch& branch : d_.parts[p].branches) {
      if (alive(branch, outside_[p])) push_down(branch, outside_[p]);
    }
  }
}

/// Lists of a branch that is alive: its offset, then that with one part more each time.
bool TreeSearch::chain(const Branch& branch, const Hull& outside, Chain& out) {
  const size_t n = branch.parts.size();
  std::vector<Hull> rest(n + 1);  // outside and parts k and later
  rest[n] = outside;
  for (size_t k = n; k-- > 0;) rest[k] = rest[k + 1].plus(d_.parts[branch.parts[k]].hull);
  out.push_back(sums({{branch.cost, branch.value}}, {{}}, rest[0], keep_));
  for (size_t k = 0; k < n; ++k) {
    const PointList& next = lists_[branch.parts[k]];
    if (out.back().size() * next.size() > kMostPairs) return false;
    out.push_back(sums(out.back(), next, rest[k + 1], keep_));
    if (!go_on(out.back().size())) return false;
  }
  return true;
}

bool TreeSearch::list(size_t part) {
  const std::vector<Branch>& branches = d_.parts[part].branches;
  chains_[part].resize(branches.size());
  for (size_t b = 0; b < branches.size(); ++b) {
    if (!alive(branches[b], outside_[part])) continue;
    if (!chain(branches[b], outside_[part], chains_[part][b])) return false;
    const PointList& last = chains_[part][b].back();
    for (size_t i = 0; i < last.size(); ++i) {
      lists_[part].push_back(
          {last[i].cost, last[i].value, static_cast<uint32_t>(b), static_cast<uint32_t>(i)});
    }
  }
  drop_dominated(lists_[part], keep_);
  return true;
}

bool TreeSearch::run() {
  bounds();
  for (size_t p = 0; p < d_.parts.size(); ++p) {
    if (!outside_[p].empty() && !list(p)) return false;
  }
  const Hull nothing({{0, 0}});
  if (alive(d_.root, nothing)) return chain(d_.root, nothing, root_chain_);
  root_chain_.resize(1);
  return true;
}

void TreeSearch::read(const Branch& branch, const Chain& chain, size_t index,
                      std::vector<Code>& codes) const {
  for (size_t k = branch.parts.size(); k > 0; --k) {
    const ListPoint& point = chain[k][index];
    const size_t part = branch.parts[k - 1];
    const ListPoint& own = lists_[part][point.right];
    const Branch& chosen = d_.parts[part].branches[own.left];
    codes[d_.parts[part].axis] = chosen.code;
    read(chosen, chains_[part][own.left], own.right, codes);
    index = point.left;
  }
}

std::vector<Code> TreeSearch::codes(size_t axes, const ListPoint& solution) const {
  std::vector<Code> out(axes, 0);
  const auto index = static_cast<size_t>(&solution - solutions().data());
  read(d_.root, root_chain_, index, out);
  return out;
}

}  // namespace tailor::search::exact
