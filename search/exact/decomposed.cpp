// Thresholds, and the check of every solution by the problem's own sums.
#include "search/exact/decomposed.h"

#include <algorithm>
#include <utility>

#include "search/exact/tree_search.h"

namespace tailor::search::exact {
namespace {

/// The threshold starts this share of the way from the bound to the reachable value, and the way
/// grows by a factor until it is enough. How many solutions lie above it grows much faster, so
/// where many are wanted the steps are small.
struct Steps {
  double first_share, growth;
};
constexpr Steps kForOne = {1.0 / 64, 4}, kForMany = {1.0 / 1024, 1.5};

class Thresholds {
 public:
  Thresholds(const Terms& terms, const Decomposition& d, size_t cost, int64_t best,
             const std::function<bool(size_t)>& stop)
      : terms_(terms), d_(d), cost_(cost), best_(static_cast<size_t>(best)), stop_(stop) {
    const bool limited = cost < terms.problem.costs.size();
    limit_ = limited ? terms.problem.costs[cost].limit : kInfinity;
    slack_ = limited && !terms.exact[1 + cost] ? terms.slack[1 + cost] : 0;
    bound_ = d.root.hull.at(limit_ + slack_);
    // Corners are whole solutions; this one keeps the limit however it is added up.
    const HullPoint* corner = d.root.hull.corner_within(limit_ - slack_);
    reachable_ = corner ? corner->value - terms.slack[0] : -kInfinity;
  }

  std::optional<ExactResult> run() {
    ExactResult out;
    out.optimal = true;
    if (bound_ == -kInfinity) return out;
    const Steps steps = best_ == 1 ? kForOne : kForMany;
    for (double depth = first_depth(steps.first_share);; depth *= steps.growth) {
      double threshold = bound_ - depth;
      const bool all = depth > 2 * (terms_.range[0] + terms_.slack[0]);
      if (all) threshold = -kInfinity;
      const bool reached = best_ == 1 && threshold <= reachable_;
      if (reached) threshold = reachable_;
      if (!above(threshold, out)) return std::nullopt;
      if (out.solutions.size() >= best_ || reached || all) return out;
    }
  }

 private:
  double first_depth(double share) const {
    const double least = std::max(terms_.range[0] * 1e-6, terms_.slack[0]);
    const double way = reachable_ == -kInfinity ? terms_.range[0] / 16 : bound_ - reachable_;
    return std::max(share * way, least);
  }

  /// Fills the best solutions that are not below the threshold. False when it had to give up.
  bool above(double threshold, ExactResult& out) {
    Keep keep{limit_ + slack_, threshold - 2 * terms_.slack[0], best_, margin_};
    for (;;) {
      TreeSearch search(d_, keep, stop_);
      if (!search.run()) return false;
      out.points += static_cast<int64_t>(search.points());
      out.solutions.clear();
      if (collect(search, threshold, out.solutions) || keep.margin == slack_) return true;
      // A solution that breaks the limit by rounding may have hidden one that keeps it.
      keep.margin = margin_ = slack_;
    }
  }

  /// The best solutions that keep the limit; false when a better one breaks it.
  bool collect(const TreeSearch& search, double threshold, std::vector<ExactSolution>& out) const {
    std::vector<const ListPoint*> sorted;
    for (const ListPoint& point : search.solutions()) sorted.push_back(&point);
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const ListPoint* a, const ListPoint* b) { return a->value > b->value; });
    bool all_keep = true;
    for (const ListPoint* point : sorted) {
      if (out.size() == best_ || point->value < threshold) break;
      const Arch arch = terms_.arch(search.codes(terms_.axes.size(), *point));
      if (cost_ < terms_.problem.costs.size() &&
          !(terms_.problem.costs[cost_].sum(arch) <= limit_)) {
        all_keep = false;
        continue;
      }
      out.push_back({arch, terms_.problem.objective(arch)});
    }
    std::stable_sort(out.begin(), out.end(), [](const ExactSolution& a, const ExactSolution& b) {
      return a.objective > b.objective;
    });
    return all_keep;
  }

  const Terms& terms_;
  const Decomposition& d_;
  const size_t cost_, best_;
  const std::function<bool(size_t)>& stop_;
  double limit_, slack_, bound_, reachable_;
  double margin_ = 0;
};

}  // namespace

std::optional<ExactResult> best_by_decomposition(const Terms& terms, const Decomposition& d,
                                                 size_t cost, int64_t best,
                                                 const std::function<bool(size_t)>& stop) {
  return Thresholds(terms, d, cost, best, stop).run();
}

}  // namespace tailor::search::exact
