// Random small spaces and sums of tables over them, and their best archs by looking at all.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/rng.h"
#include "predictors/estimator.h"
#include "supernet/space/coupling.h"

namespace tailor::test {

/// A space of axes alone; it lowers to nothing.
class AxesSpace : public SearchSpace {
 public:
  explicit AxesSpace(std::vector<Axis> axes) : SearchSpace("axes", std::move(axes)) {}

 protected:
  void build(const Arch&, NetworkBuilder&) const override { throw Error("no network here"); }
};

/// Up to `most` axes of one to four choices, with parents and choices that give the same network.
inline std::vector<Axis> random_axes(Rng& rng, int64_t most) {
  std::vector<Axis> axes;
  const int64_t n = 1 + rng.below(most);
  for (int64_t i = 0; i < n; ++i) {
    std::vector<double> values;
    for (int64_t c = 0, m = 1 + rng.below(4); c < m; ++c) values.push_back(static_cast<double>(c));
    Axis axis = number_axis("x", static_cast<int>(i), "", values);
    if (i > 0 && rng.coin(0.4)) {
      const int64_t parent = rng.below(i);
      axis = depends_on(std::move(axis), static_cast<int>(parent),
                        Axis(axes[static_cast<size_t>(parent)]),
                        [&](double) { return rng.coin(0.6); });
    }
    if (values.size() > 1 && rng.coin(0.2)) axis.same_as.back() = 0;
    axes.push_back(std::move(axis));
  }
  return axes;
}

/// Up to two stages of up to three blocks: groups d (2 or 3 choices a stage), e and ks (a block's,
/// some of which do not matter above the depth), r.
inline std::vector<Axis> random_stages(Rng& rng) {
  std::vector<Axis> axes, blocks[2];
  const int64_t stages = 1 + rng.below(2);
  for (int s = 0; s < static_cast<int>(stages); ++s) {
    const std::string where = "s" + std::to_string(s);
    const bool deep = rng.coin(0.5);
    axes.push_back(number_axis("d", s, where,
                               deep ? std::vector<double>{1, 2, 3} : std::vector<double>{1, 2}));
    for (int j = 0; j < (stages == 1 && deep ? 3 : 2); ++j) {
      for (int g = 0; g < 2; ++g) {
        const auto values = g == 0 ? std::vector<double>{3, 4, 6} : std::vector<double>{3, 5};
        Axis axis = number_axis(g == 0 ? "e" : "ks", static_cast<int>(blocks[g].size()),
                                where + ".b" + std::to_string(j), values);
        if (g == 0 && rng.coin(0.2)) axis.same_as[1] = 0;
        blocks[g].push_back(depends_on(std::move(axis), s, Axis(axes.back()),
                                       [&](double depth) { return depth > j; }));
        if (j == 0) blocks[g].back().parent = -1, blocks[g].back().active_when.clear();
      }
    }
  }
  for (const auto& group : blocks) axes.insert(axes.end(), group.begin(), group.end());
  axes.push_back(number_axis("r", 0, "input", {16, 20, 24}));
  return axes;
}

/// A rule over groups of random_stages(): depth leads expansion, image size leads depth or
/// expansion and kernel, or expansion leads kernel.
inline CouplingRule random_coupling(Rng& rng) {
  const std::map<std::string, std::vector<double>> values = {
      {"d", {1, 2, 3}}, {"e", {3, 4, 6}}, {"ks", {3, 5}}, {"r", {16, 20, 24}}};
  const std::vector<std::vector<std::string>> all = {
      {"d", "e"}, {"d", "ks", "e"}, {"r", "e", "ks"}, {"e", "ks"}, {"r", "d"}};
  CouplingRule rule;
  for (const std::string& group : all[static_cast<size_t>(rng.below(std::ssize(all)))]) {
    auto& [name, listed] = rule.groups.emplace_back(group, values.at(group));
    if (rule.groups.size() == 1) continue;
    std::vector<double> drawn;
    const auto most = name == "d" ? int64_t{2} : std::ssize(listed);
    for (size_t i = 0; i < 3; ++i) drawn.push_back(listed[static_cast<size_t>(rng.below(most))]);
    listed = drawn;
  }
  return rule;
}

/// How the entries of a table are drawn.
enum class Entries { whole, tenths, real };

struct TableOptions {
  Entries entries = Entries::real;
  bool negative = false;
  double unreachable = 0;  ///< chance of an entry being NaN
  int64_t tables = 6;      ///< besides one for every axis
};

inline double random_entry(Rng& rng, const TableOptions& o) {
  if (o.unreachable > 0 && rng.coin(o.unreachable)) return std::nan("");
  const double shift = o.negative ? 5 : 0;
  if (o.entries == Entries::real) return 10 * rng.uniform() - shift;
  const double whole = static_cast<double>(rng.below(11)) - shift;
  return o.entries == Entries::whole ? whole : whole / 10;
}

/// One table for every axis and some over two or three.
inline FactorSum random_tables(const SearchSpace& space, Rng& rng, const TableOptions& o) {
  std::vector<Factor> factors;
  const auto add = [&](std::vector<size_t> axes) {
    Factor& factor = factors.emplace_back(Factor{std::move(axes), {}});
    for (size_t i = FactorSum::entries(space, factor.axes); i > 0; --i) {
      factor.values.push_back(random_entry(rng, o));
    }
  };
  const auto n = static_cast<int64_t>(space.axes().size());
  for (int64_t i = 0; i < n; ++i) add({static_cast<size_t>(i)});
  for (int64_t t = 0; t < o.tables; ++t) {
    std::vector<size_t> axes;
    for (int64_t i = 0, m = 2 + rng.below(2); i < m; ++i) {
      axes.push_back(static_cast<size_t>(rng.below(n)));
    }
    std::sort(axes.begin(), axes.end());
    axes.erase(std::unique(axes.begin(), axes.end()), axes.end());
    add(std::move(axes));
  }
  return FactorSum(space, random_entry(rng, {.entries = o.entries}), std::move(factors));
}

/// Each choice stays with a chance of 0.7, one of an axis at least.
inline Restriction random_restriction(const SearchSpace& space, Rng& rng) {
  Restriction out;
  for (const Axis& axis : space.axes()) {
    std::vector<bool>& allowed = out.allowed.emplace_back();
    for (size_t c = 0; c < axis.values.size(); ++c) {
      allowed.push_back(axis.same_as[c] == static_cast<int>(c) && rng.coin(0.7));
    }
    if (std::count(allowed.begin(), allowed.end(), true) == 0) allowed[0] = true;
  }
  return out;
}

}  // namespace tailor::test
