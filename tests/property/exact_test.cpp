// Exact search against looking at every arch.
// covers: search/exact/exact.cpp, search/exact/decomposed.cpp, search/exact/decomposition.cpp
// covers: search/exact/tree_search.cpp, search/exact/terms.cpp, search/exact/integer_programme.cpp
// covers: search/exact/ranked.cpp, search/exact/surrogate.cpp
#include "search/exact/exact.h"

#include <memory>
#include <optional>

#include "tests/support/random_tables.h"
#include "tests/support/toy_space.h"

#include "tests/support/catch.h"

namespace tailor::search {
namespace {

using test::Entries;
using test::TableOptions;

struct Ranked {
  Arch arch;
  double objective;
};

/// Archs with finite sums, the costs beside them.
struct Everything {
  std::vector<Ranked> archs;
  std::vector<std::vector<double>> costs;  ///< [arch][cost]

  explicit Everything(const ExactProblem& p) {
    for (const Arch& arch : p.space.enumerate()) {
      if (p.only && !p.space.allows(*p.only, arch)) continue;
      double all = p.objective(arch);
      std::vector<double> own;
      for (const ExactCost& cost : p.costs) all += own.emplace_back(cost.sum(arch));
      if (!std::isfinite(all)) continue;
      archs.push_back({arch, p.objective(arch)});
      costs.push_back(std::move(own));
    }
  }
  /// Within the limits, best first.
  std::vector<Ranked> within(const ExactProblem& p) const {
    std::vector<Ranked> out;
    for (size_t i = 0; i < archs.size(); ++i) {
      bool keeps = true;
      for (size_t c = 0; c < p.costs.size(); ++c) keeps &= costs[i][c] <= p.costs[c].limit;
      if (keeps) out.push_back(archs[i]);
    }
    std::stable_sort(out.begin(), out.end(),
                     [](const Ranked& a, const Ranked& b) { return a.objective > b.objective; });
    return out;
  }
  double smallest(size_t cost) const {
    double out = std::numeric_limits<double>::infinity();
    for (const auto& own : costs) out = std::min(out, own[cost]);
    return out;
  }
};

/// Do the solutions have the objectives of enumeration, keep the limits and differ?
void check_against(const ExactProblem& p, const ExactOptions& o, const Everything& all,
                   double tolerance) {
  const std::vector<Ranked> right = all.within(p);
  if (right.empty()) {
    CHECK_THROWS_AS(solve_exact(p, o), NoSolution);
    return;
  }
  const ExactResult found = solve_exact(p, o);
  CHECK(found.optimal);
  REQUIRE(found.solutions.size() == std::min(right.size(), static_cast<size_t>(o.best)));
  std::vector<Arch> seen;
  for (size_t i = 0; i < found.solutions.size(); ++i) {
    const ExactSolution& s = found.solutions[i];
    REQUIRE(std::abs(s.objective - right[i].objective) <= tolerance);
    CHECK(s.objective == p.objective(s.arch));
    CHECK((!p.only || p.space.allows(*p.only, s.arch)));
    for (const ExactCost& cost : p.costs) CHECK(cost.sum(s.arch) <= cost.limit);
    CHECK(std::find(seen.begin(), seen.end(), s.arch) == seen.end());
    seen.push_back(s.arch);
  }
  CHECK(found.upper_bound == found.solutions.front().objective);
}

/// A limit at, just below or just above what some arch costs, or anywhere.
double random_limit(const Everything& all, size_t cost, Rng& rng) {
  const auto i = static_cast<size_t>(rng.below(static_cast<int64_t>(all.archs.size())));
  const double at = all.costs[i][cost];
  switch (rng.below(4)) {
    case 0:
      return at;
    case 1:
      return std::nextafter(at, -1e9);
    case 2:
      return std::nextafter(at, 1e9);
    default:
      return at + 3 * rng.uniform() - 1.5;
  }
}

TableOptions random_options(Rng& rng) {
  TableOptions o;
  o.entries = static_cast<Entries>(rng.below(3));
  o.negative = rng.coin(0.3);
  o.unreachable = rng.coin(0.3) ? 0.03 : 0;
  o.tables = rng.below(8);
  return o;
}

double tolerance_of(const TableOptions& o) { return o.entries == Entries::whole ? 0 : 1e-12; }

TEST_CASE("one limit: the best archs of enumeration, on random spaces and tables") {
  int solved = 0;
  for (int64_t run = 0; run < 3000; ++run) {
    INFO("run " << run);
    Rng rng = Rng(11).fork("exact", {run});
    const test::AxesSpace space(test::random_axes(rng, 7));
    const Restriction only = test::random_restriction(space, rng);
    const TableOptions o = random_options(rng), of_cost = random_options(rng);
    ExactProblem p{space, rng.coin(0.3) ? &only : nullptr, test::random_tables(space, rng, o), {}};
    if (rng.coin(0.9)) p.costs.push_back({test::random_tables(space, rng, of_cost), 0});
    const Everything all(p);
    for (int k = 0; k < 4; ++k) {
      if (!p.costs.empty() && !all.archs.empty()) p.costs[0].limit = random_limit(all, 0, rng);
      const int64_t best = rng.coin(0.5) ? 1 : 1 + rng.below(12);
      check_against(p, {.best = best}, all, tolerance_of(o));
      solved += !all.within(p).empty();
    }
  }
  CHECK(solved > 9000);
}

TEST_CASE("coupled axes: the best archs of enumeration, under one limit and several") {
  int solved = 0;
  for (int64_t run = 0; run < 400; ++run) {
    INFO("run " << run);
    Rng rng = Rng(15).fork("coupled", {run});
    const test::AxesSpace space(test::random_stages(rng));
    Restriction only = rng.coin(0.3) ? test::random_restriction(space, rng) : space.restrict({});
    try {
      couple(space, test::random_coupling(rng), only);
    } catch (const ConfigError&) {
      continue;  // the restriction has taken away what is coupled
    }
    const TableOptions o = random_options(rng);
    ExactProblem p{space, &only, test::random_tables(space, rng, o), {}};
    for (int64_t c = 0; c < rng.below(3); ++c) {
      p.costs.push_back({test::random_tables(space, rng, random_options(rng)), 0});
    }
    const Everything all(p);
    if (all.archs.empty()) continue;
    for (size_t c = 0; c < p.costs.size(); ++c) p.costs[c].limit = random_limit(all, c, rng) + 2;
    check_against(p, {.best = 1 + rng.below(4)}, all, tolerance_of(o));
    check_against(p, {.best = 1, .only_programme = true}, all, 1e-6);
    solved += !all.within(p).empty();
  }
  CHECK(solved > 200);
}

TEST_CASE("one limit: the toy space with stages, depths and tables over three axes") {
  const test::ToySpace space(1);
  for (int64_t run = 0; run < 60; ++run) {
    INFO("run " << run);
    Rng rng = Rng(12).fork("toy", {run});
    const TableOptions o = random_options(rng), of_cost = random_options(rng);
    ExactProblem p{space,
                   nullptr,
                   test::random_tables(space, rng, o),
                   {{test::random_tables(space, rng, of_cost), 0}}};
    const Everything all(p);
    if (all.archs.empty()) continue;
    for (int k = 0; k < 6; ++k) {
      p.costs[0].limit = random_limit(all, 0, rng);
      check_against(p, {.best = k < 3 ? 1 : 40}, all, tolerance_of(o));
    }
  }
}

TEST_CASE("an impossible limit throws with the smallest cost there is") {
  for (int64_t run = 0; run < 500; ++run) {
    INFO("run " << run);
    Rng rng = Rng(13).fork("impossible", {run});
    const test::AxesSpace space(test::random_axes(rng, 6));
    const TableOptions o = random_options(rng);
    const size_t costs = 1 + static_cast<size_t>(rng.below(2));
    ExactProblem p{space, nullptr, test::random_tables(space, rng, o), {}};
    for (size_t c = 0; c < costs; ++c) {
      p.costs.push_back({test::random_tables(space, rng, o), 1e9});
    }
    const Everything all(p);
    if (all.archs.empty()) continue;
    const size_t hard = costs - 1;
    p.costs[hard].limit = std::nextafter(all.smallest(hard), -1e9);
    try {
      solve_exact(p);
      FAIL("nothing thrown");
    } catch (const NoSolution& error) {
      CHECK(error.cost == hard);
      CHECK(std::abs(error.smallest_value - all.smallest(hard)) <= tolerance_of(o));
    }
    p.costs[hard].limit = all.smallest(hard);
    check_against(p, {}, all, 1e-9);
  }
}

TEST_CASE("several limits: the best archs of enumeration") {
  for (int64_t run = 0; run < 150; ++run) {
    INFO("run " << run);
    Rng rng = Rng(14).fork("several", {run});
    const test::AxesSpace space(test::random_axes(rng, 6));
    const Restriction only = test::random_restriction(space, rng);
    const TableOptions o = random_options(rng);
    ExactProblem p{space, rng.coin(0.3) ? &only : nullptr, test::random_tables(space, rng, o), {}};
    for (int64_t c = 0; c < 2 + rng.below(2); ++c) {
      p.costs.push_back({test::random_tables(space, rng, random_options(rng)), 0});
    }
    const Everything all(p);
    if (all.archs.empty()) continue;
    for (size_t c = 0; c < p.costs.size(); ++c) {
      p.costs[c].limit = random_limit(all, c, rng) + (rng.coin(0.5) ? 5 : 0);
    }
    // 1e-9 of the objective's range, which is below 10 for each table.
    check_against(p, {.best = 1 + rng.below(3)}, all, tolerance_of(o));
    check_against(p, {.best = 1 + rng.below(3), .only_programme = true}, all, 1e-6);
  }
}

TEST_CASE("one limit by the integer programme: the best archs of enumeration") {
  for (int64_t run = 0; run < 100; ++run) {
    INFO("run " << run);
    Rng rng = Rng(16).fork("programme", {run});
    const test::AxesSpace space(test::random_axes(rng, 6));
    const TableOptions o = random_options(rng);
    ExactProblem p{space,
                   nullptr,
                   test::random_tables(space, rng, o),
                   {{test::random_tables(space, rng, random_options(rng)), 0}}};
    const Everything all(p);
    if (all.archs.empty()) continue;
    p.costs[0].limit = random_limit(all, 0, rng);
    check_against(p, {.best = 1 + rng.below(3), .only_programme = true}, all, 1e-6);
  }
}

TEST_CASE("a search that is out of time has a bound and never a wrong claim") {
  const test::ToySpace space(4);
  Rng rng(17);
  ExactProblem p{space,
                 nullptr,
                 test::random_tables(space, rng, {.tables = 12}),
                 {{test::random_tables(space, rng, {.tables = 12}), 160}}};
  const ExactResult right = solve_exact(p);
  REQUIRE(right.optimal);
  REQUIRE(right.points > 0);  // by decomposition
  for (const double seconds : {0.02, 0.2, 1.0}) {
    try {
      const ExactResult found = solve_exact(p, {.seconds = seconds, .only_programme = true});
      CHECK(found.solutions.at(0).objective <= right.upper_bound);
      CHECK(found.upper_bound >= right.upper_bound - 1e-6);
      CHECK(p.costs[0].sum(found.solutions[0].arch) <= 160);
      if (found.optimal) CHECK(found.solutions[0].objective >= right.upper_bound - 1e-6);
    } catch (const NoSolution&) {
      FAIL("there is a solution");
    } catch (const Error& error) {
      CHECK(std::string(error.what()).find("allow more time") != std::string::npos);
    }
  }
}

/// Each one is the best of those that differ enough from all before it.
std::vector<Ranked> spread_by_enumeration(const std::vector<Ranked>& ranked, int64_t best,
                                          int64_t differ) {
  std::vector<Ranked> out;
  for (const Ranked& item : ranked) {
    bool far = true;
    for (const Ranked& other : out) {
      int64_t distance = 0;
      for (size_t i = 0; i < item.arch.size(); ++i) distance += item.arch[i] != other.arch[i];
      far &= distance >= differ;
    }
    if (far && static_cast<int64_t>(out.size()) < best) out.push_back(item);
  }
  return out;
}

TEST_CASE("solutions that differ in some choices, by ranking and by an integer programme") {
  for (int64_t run = 0; run < 120; ++run) {
    INFO("run " << run);
    Rng rng = Rng(15).fork("differ", {run});
    const test::AxesSpace space(test::random_axes(rng, 6));
    ExactProblem p{space,
                   nullptr,
                   test::random_tables(space, rng, {}),  // real numbers: no ties
                   {{test::random_tables(space, rng, {}), 0}}};
    if (run % 2 == 1) p.costs.push_back({test::random_tables(space, rng, {}), 1e9});
    const Everything all(p);
    p.costs[0].limit = random_limit(all, 0, rng) + 2;
    const std::vector<Ranked> ranked = all.within(p);
    if (ranked.empty()) continue;
    const ExactOptions o{.best = 4, .differ = 3, .only_programme = run % 4 > 1};
    const std::vector<Ranked> right = spread_by_enumeration(ranked, o.best, o.differ);
    const ExactResult found = solve_exact(p, o);
    REQUIRE(found.solutions.size() == right.size());
    for (size_t i = 0; i < right.size(); ++i) CHECK(found.solutions[i].arch == right[i].arch);
  }
}

}  // namespace
}  // namespace tailor::search
