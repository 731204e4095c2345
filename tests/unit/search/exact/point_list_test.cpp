#include "search/exact/point_list.h"

#include <algorithm>

#include "core/rng.h"

#include "tests/support/catch.h"

namespace tailor::search::exact {
namespace {

PointList random_list(Rng& rng, int64_t n) {
  PointList out;
  for (int64_t i = 0; i < n; ++i) {
    out.push_back({static_cast<double>(rng.below(12)), static_cast<double>(rng.below(12)),
                   static_cast<uint32_t>(i), 0});
  }
  return out;
}

/// The k highest values within each cost say what a list can do.
std::vector<double> highest(const PointList& list, double cost, size_t k) {
  std::vector<double> values;
  for (const ListPoint& point : list) {
    if (point.cost <= cost) values.push_back(point.value);
  }
  std::sort(values.rbegin(), values.rend());
  values.resize(std::min(values.size(), k));
  return values;
}

TEST_CASE("dropping dominated points keeps the k best within every cost, and no more") {
  Rng rng(4);
  for (int run = 0; run < 500; ++run) {
    const PointList all = random_list(rng, 1 + rng.below(30));
    for (const size_t k : {1, 2, 5}) {
      PointList kept = all;
      drop_dominated(kept, {.limit = 0, .threshold = 0, .best = k});
      for (double cost = 0; cost < 12; ++cost) {
        CHECK(highest(kept, cost, k) == highest(all, cost, k));
      }
      for (const ListPoint& point : kept) {
        const auto better = std::count_if(kept.begin(), kept.end(), [&](const ListPoint& other) {
          return other.left != point.left && other.cost <= point.cost && other.value > point.value;
        });
        CHECK(better < static_cast<int64_t>(k));
      }
    }
  }
}

TEST_CASE("a margin keeps what is as good but for a cost closer than it") {
  const PointList all = {{1, 5, 0, 0}, {1.5, 4, 1, 0}, {2.5, 4, 2, 0}, {2.5, 5, 3, 0}};
  PointList kept = all;
  drop_dominated(kept, {.limit = 0, .threshold = 0, .best = 1, .margin = 1});
  REQUIRE(kept.size() == 2);
  CHECK(kept[1].left == 1);
  kept = all;
  drop_dominated(kept, {.limit = 0, .threshold = 0, .best = 1, .margin = 0});
  CHECK(kept.size() == 1);
}

TEST_CASE("sums keep what the rest can bring to the threshold within the limit") {
  const PointList a = {{0, 0, 0, 0}, {2, 3, 1, 0}}, b = {{0, 0, 0, 0}, {1, 1, 1, 0}, {5, 9, 2, 0}};
  const Hull rest({{1, 0}, {3, 4}});
  // Costs left for the rest: 6 less the sum's. (2, 3) + (5, 9) is too dear with the rest's 1.
  const PointList kept = sums(a, b, rest, {.limit = 6, .threshold = 7, .best = 1});
  REQUIRE(kept.size() == 3);
  CHECK(kept[0].left == 1);  // (2, 3) + (0, 0): the rest brings 4 for 3
  CHECK(kept[0].right == 0);
  CHECK(kept[1].value == 4);  // (2, 3) + (1, 1): 4 more for 3
  CHECK(kept[2].value == 9);  // (0, 0) + (5, 9): 0 more for 1
  CHECK(sums(a, {}, rest, {.limit = 6}).empty());
  CHECK(sums(a, b, Hull(), {.limit = 6}).empty());
}

}  // namespace
}  // namespace tailor::search::exact
