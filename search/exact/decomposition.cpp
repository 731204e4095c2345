// Conditioning on the axis with the most neighbours, recursively.
#include "search/exact/decomposition.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

namespace tailor::search::exact {
namespace {

constexpr size_t kImpossible = static_cast<size_t>(-1);

struct TooManyParts {};

class Builder {
 public:
  Builder(const Terms& terms, size_t cost, size_t most_parts)
      : terms_(terms),
        cost_sum_(1 + cost),
        most_parts_(most_parts),
        codes_(terms.axes.size(), kUnset),
        axis_mark_(terms.axes.size(), 0),
        term_mark_(terms.terms.size(), 0) {}

  Decomposition build() {
    std::vector<size_t> all(terms_.axes.size());
    for (size_t i = 0; i < all.size(); ++i) all[i] = i;
    Branch& root = out_.root;
    root.value = terms_.constant[0];
    if (cost_sum_ < terms_.constant.size()) root.cost = terms_.constant[cost_sum_];
    bool possible = true;
    for (const Term& term : terms_.terms) {
      if (term.axes.empty()) possible = possible && charge(term, root);
    }
    if (possible && below(all, root)) finish(root);
    return std::move(out_);
  }

 private:
  size_t next_mark() { return ++mark_; }

  /// Adds a term whose axes are all set; false when the entry cannot be reached.
  bool charge(const Term& term, Branch& branch) const {
    const double value = term.at(codes_);
    if (!std::isfinite(value)) return false;
    if (term.sum == 0) branch.value += value;
    if (term.sum == cost_sum_) branch.cost += value;
    return true;
  }

  /// Calls visit(other axis) for the unset axes that depend on `axis` or that it depends on; an
  /// axis may come several times.
  template <class Visit>
  void neighbours(size_t axis, const Visit& visit) const {
    for (const size_t t : terms_.touching[axis]) {
      for (const size_t other : terms_.terms[t].axes) {
        if (other != axis && codes_[other] == kUnset) visit(other);
      }
    }
    for (const size_t child : terms_.children[axis]) {
      if (codes_[child] == kUnset) visit(child);
    }
    const int parent = terms_.axes[axis].parent;
    if (parent >= 0 && codes_[static_cast<size_t>(parent)] == kUnset) {
      visit(static_cast<size_t>(parent));
    }
  }

  /// Unset axes, split into groups without a link between them.
  std::vector<std::vector<size_t>> components(const std::vector<size_t>& axes) {
    std::vector<std::vector<size_t>> out;
    const size_t mark = next_mark();
    for (const size_t axis : axes) {
      if (axis_mark_[axis] == mark) continue;
      axis_mark_[axis] = mark;
      std::vector<size_t>& group = out.emplace_back(1, axis);
      for (size_t i = 0; i < group.size(); ++i) {
        neighbours(group[i], [&](size_t other) {
          if (axis_mark_[other] == mark) return;
          axis_mark_[other] = mark;
          group.push_back(other);
        });
      }
      std::sort(group.begin(), group.end());
    }
    return out;
  }

  /// Adds the parts that unset axes fall into; false when one of them has no arch.
  bool below(const std::vector<size_t>& axes, Branch& branch) {
    for (const std::vector<size_t>& group : components(axes)) {
      branch.parts.push_back(part(group));
      if (branch.parts.back() == kImpossible) return false;
    }
    return true;
  }

  /// What a part looks like from above: its axes, and what is set of the axes it shares terms with.
  std::vector<size_t> signature(const std::vector<size_t>& axes) {
    std::vector<size_t> key = axes;
    const size_t mark = next_mark();
    for (const size_t axis : axes) {
      for (const size_t t : terms_.touching[axis]) {
        for (const size_t other : terms_.terms[t].axes) {
          if (codes_[other] == kUnset || axis_mark_[other] == mark) continue;
          axis_mark_[other] = mark;
          key.push_back(terms_.axes.size() + other);
          key.push_back(static_cast<size_t>(codes_[other]));
        }
      }
    }
    return key;
  }

  /// Of the axes whose parent is set, the one with the most neighbours.
  size_t choose(const std::vector<size_t>& axes) {
    size_t best = kImpossible, most = 0;
    for (const size_t axis : axes) {
      const int parent = terms_.axes[axis].parent;
      if (parent >= 0 && codes_[static_cast<size_t>(parent)] == kUnset) continue;
      const size_t mark = next_mark();
      size_t count = 1;
      neighbours(axis, [&](size_t other) {
        count += axis_mark_[other] != mark;
        axis_mark_[other] = mark;
      });
      if (count > most) std::tie(best, most) = std::pair(axis, count);
    }
    return best;
  }

  size_t part(const std::vector<size_t>& axes) {
    const auto [known, fresh] = known_.try_emplace(signature(axes), kImpossible);
    if (!fresh) return known->second;
    Part made{.axis = choose(axes), .branches = {}, .hull = {}};
    for (const Code code : terms_.open[made.axis]) {
      Branch branch{.code = code, .cost = 0, .value = 0, .parts = {}, .hull = {}};
      if (!expand(axes, made.axis, branch)) continue;
      finish(branch);
      made.branches.push_back(std::move(branch));
    }
    if (made.branches.empty()) return kImpossible;
    std::vector<HullPoint> points;
    for (const Branch& branch : made.branches) {
      points.insert(points.end(), branch.hull.corners().begin(), branch.hull.corners().end());
    }
    made.hull = Hull(std::move(points));
    if (out_.parts.size() >= most_parts_) throw TooManyParts{};
    out_.parts.push_back(std::move(made));
    return known->second = out_.parts.size() - 1;
  }

  /// The branch in which `axis` holds branch.code.
  bool expand(const std::vector<size_t>& axes, size_t axis, Branch& branch) {
    std::vector<size_t> set;
    assign(axis, branch.code, set);
    std::vector<size_t> left;
    for (const size_t other : axes) {
      if (codes_[other] == kUnset) left.push_back(other);
    }
    const bool possible = charge_all(set, branch) && below(left, branch);
    for (const size_t other : set) codes_[other] = kUnset;
    return possible;
  }

  /// Sets an axis, and to 0 those that then do not matter.
  void assign(size_t axis, Code code, std::vector<size_t>& set) {
    codes_[axis] = code;
    set.push_back(axis);
    for (const size_t child : terms_.children[axis]) {
      const bool matters =
          code > 0 && terms_.axes[child].active_when[static_cast<size_t>(code - 1)];
      if (!matters) assign(child, 0, set);
    }
  }

  /// Charges the terms that these axes complete.
  bool charge_all(const std::vector<size_t>& set, Branch& branch) {
    const size_t mark = next_mark();
    for (const size_t axis : set) {
      for (const size_t t : terms_.touching[axis]) {
        if (term_mark_[t] == mark) continue;
        term_mark_[t] = mark;
        const Term& term = terms_.terms[t];
        const bool complete = std::all_of(term.axes.begin(), term.axes.end(),
                                          [&](size_t other) { return codes_[other] != kUnset; });
        if (complete && !charge(term, branch)) return false;
      }
    }
    return true;
  }

  void finish(Branch& branch) const {
    branch.hull = Hull({{branch.cost, branch.value}});
    for (const size_t p : branch.parts) branch.hull = branch.hull.plus(out_.parts[p].hull);
  }

  const Terms& terms_;
  const size_t cost_sum_, most_parts_;
  std::vector<Code> codes_;
  std::vector<size_t> axis_mark_, term_mark_;
  size_t mark_ = 0;
  std::map<std::vector<size_t>, size_t> known_;
  Decomposition out_;
};

}  // namespace

std::optional<Decomposition> decompose(const Terms& terms, size_t cost, size_t most_parts) {
  try {
    return Builder(terms, cost, most_parts).build();
  } catch (const TooManyParts&) {
    return std::nullopt;
  }
}

Arch cheapest(const Terms& terms, const Decomposition& d) {
  std::vector<double> least(d.parts.size(), kInfinity);
  std::vector<const Branch*> choice(d.parts.size());
  for (size_t p = 0; p < d.parts.size(); ++p) {
    for (const Branch& branch : d.parts[p].branches) {
      double sum = branch.cost;
      for (const size_t part : branch.parts) sum += least[part];
      if (choice[p] && sum >= least[p]) continue;
      least[p] = sum;
      choice[p] = &branch;
    }
  }
  std::vector<Code> codes(terms.axes.size(), 0);
  std::vector<size_t> open = d.root.parts;
  while (!open.empty()) {
    const size_t p = open.back();
    open.pop_back();
    codes[d.parts[p].axis] = choice[p]->code;
    open.insert(open.end(), choice[p]->parts.begin(), choice[p]->parts.end());
  }
  return terms.arch(codes);
}

}  // namespace tailor::search::exact
