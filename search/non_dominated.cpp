// Fronts by a sweep: archs come in rising first cost, so a front's last member has its least second
// cost and alone decides whether the front dominates the next arch.
#include "search/non_dominated.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/error.h"

namespace tailor::search {
namespace {

/// Both to be minimised; the second is 0 where nothing is traded off.
using Costs = std::array<double, 2>;

Costs costs(const Evaluated& item) {
  return {-item.objective, std::isnan(item.trade_off) ? 0 : item.trade_off};
}

bool dominates(const Costs& a, const Costs& b) { return a[0] <= b[0] && a[1] <= b[1] && a != b; }

void check(std::span<const Evaluated> archs) {
  const Evaluated* first = nullptr;
  for (const Evaluated& item : archs) {
    if (std::isnan(item.violation)) throw Error("a violation is NaN");
    if (!item.feasible()) continue;
    const Costs own = costs(item);
    if (std::isnan(own[0]) || std::isnan(own[1])) throw Error("an objective is NaN");
    if (!first) first = &item;
    if (std::isnan(item.trade_off) != std::isnan(first->trade_off)) {
      throw Error("some archs have a value to trade off and some have none");
    }
  }
}

using Fronts = std::vector<std::vector<size_t>>;

Fronts fronts_of_feasible(std::span<const Evaluated> archs, std::vector<size_t> members) {
  std::stable_sort(members.begin(), members.end(),
                   [&](size_t a, size_t b) { return costs(archs[a]) < costs(archs[b]); });
  Fronts out;
  for (size_t i : members) {
    const Costs own = costs(archs[i]);
    const auto place = std::partition_point(out.begin(), out.end(), [&](const auto& front) {
      return dominates(costs(archs[front.back()]), own);
    });
    if (place == out.end()) {
      out.push_back({i});
    } else {
      place->push_back(i);
    }
  }
  for (std::vector<size_t>& front : out) std::sort(front.begin(), front.end());
  return out;
}

/// One front for each violation.
void append_infeasible(std::span<const Evaluated> archs, std::vector<size_t> members, Fronts& out) {
  std::stable_sort(members.begin(), members.end(),
                   [&](size_t a, size_t b) { return archs[a].violation < archs[b].violation; });
  double last = 0;
  for (size_t i : members) {
    if (archs[i].violation != last) out.emplace_back();
    last = archs[i].violation;
    out.back().push_back(i);
  }
}

}  // namespace

std::vector<std::vector<size_t>> non_dominated_fronts(std::span<const Evaluated> archs) {
  check(archs);
  std::vector<size_t> feasible, infeasible;
  for (size_t i = 0; i < archs.size(); ++i) {
    (archs[i].feasible() ? feasible : infeasible).push_back(i);
  }
  Fronts out = fronts_of_feasible(archs, std::move(feasible));
  append_infeasible(archs, std::move(infeasible), out);
  return out;
}

std::vector<double> crowding_distances(std::span<const Evaluated> archs,
                                       std::span<const size_t> front) {
  std::vector<double> out(front.size(), 0);
  if (front.empty() || !archs[front[0]].feasible()) return out;
  std::vector<size_t> order(front.size());
  std::iota(order.begin(), order.end(), size_t{0});
  for (size_t k = 0; k < Costs().size(); ++k) {
    const auto value = [&](size_t place) { return costs(archs[front[order[place]]])[k]; };
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
      return costs(archs[front[a]])[k] < costs(archs[front[b]])[k];
    });
    const double range = value(order.size() - 1) - value(0);
    if (range == 0) continue;
    out[order.front()] = out[order.back()] = std::numeric_limits<double>::infinity();
    for (size_t place = 1; place + 1 < order.size(); ++place) {
      out[order[place]] += (value(place + 1) - value(place - 1)) / range;
    }
  }
  return out;
}

std::vector<size_t> crowded_order(std::span<const Evaluated> archs) {
  std::vector<size_t> out;
  for (const std::vector<size_t>& front : non_dominated_fronts(archs)) {
    // Sorted by arch first: of members with equal values the distance goes to the lower arch.
    std::vector<size_t> members = front;
    std::sort(members.begin(), members.end(),
              [&](size_t a, size_t b) { return archs[a].arch < archs[b].arch; });
    const std::vector<double> distance = crowding_distances(archs, members);
    std::vector<size_t> order(members.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](size_t a, size_t b) { return distance[a] > distance[b]; });
    for (size_t place : order) out.push_back(members[place]);
  }
  return out;
}

}  // namespace tailor::search
