// Sums of lists under a bound; sweeps over rising cost.
#include "search/exact/point_list.h"

#include <algorithm>
#include <functional>
#include <queue>

namespace tailor::search::exact {
namespace {

/// Points that are gathered before dominated ones are dropped: a bound on memory.
constexpr size_t kMostUnsorted = size_t{1} << 20;

bool cheaper(const ListPoint& a, const ListPoint& b) {
  return a.cost != b.cost ? a.cost < b.cost : a.value > b.value;
}

/// The k-th highest of the values seen.
class HighestValues {
 public:
  explicit HighestValues(size_t k) : k_(k) {}
  void see(double value) {
    if (heap_.size() == k_) {
      if (value <= heap_.top()) return;
      heap_.pop();
    }
    heap_.push(value);
  }
  double last() const { return heap_.size() < k_ ? -kInfinity : heap_.top(); }

 private:
  size_t k_;
  std::priority_queue<double, std::vector<double>, std::greater<>> heap_;  // lowest on top
};

}  // namespace

void drop_dominated(PointList& points, const Keep& keep) {
  std::sort(points.begin(), points.end(), cheaper);
  if (keep.best == 1 && keep.margin == 0) {
    double highest = -kInfinity;
    std::erase_if(points, [&](const ListPoint& point) {
      if (point.value <= highest) return true;
      highest = point.value;
      return false;
    });
    return;
  }
  HighestValues highest(keep.best);
  PointList kept;
  size_t seen = 0;
  for (size_t i = 0; i < points.size(); ++i) {
    while (seen < i && points[seen].cost <= points[i].cost - keep.margin) {
      highest.see(points[seen++].value);
    }
    if (points[i].value > highest.last()) kept.push_back(points[i]);
  }
  points = std::move(kept);
}

PointList sums(const PointList& a, const PointList& b, const Hull& rest, const Keep& keep) {
  PointList out;
  if (a.empty() || b.empty() || rest.empty()) return out;
  const double budget = keep.limit - rest.corners().front().cost;
  size_t full = kMostUnsorted;
  for (size_t i = 0; i < a.size(); ++i) {
    FallingReader reader(rest, keep.limit - (a[i].cost + b[0].cost));
    for (size_t j = 0; j < b.size(); ++j) {
      const double cost = a[i].cost + b[j].cost;
      if (cost > budget) break;
      const double value = a[i].value + b[j].value;
      if (value + reader.at(keep.limit - cost) < keep.threshold) continue;
      out.push_back({cost, value, static_cast<uint32_t>(i), static_cast<uint32_t>(j)});
    }
    if (out.size() < full) continue;
    drop_dominated(out, keep);
    full = out.size() + kMostUnsorted;
  }
  drop_dominated(out, keep);
  return out;
}

}  // namespace tailor::search::exact
