// Finding leaders, and the follower's choice for each of theirs.
#include "supernet/space/coupling.h"

#include <algorithm>
#include <optional>

#include "core/error.h"
#include "supernet/space/group_axes.h"

namespace tailor {
namespace {

std::string slot_name(const Axis& axis) { return str(axis.group, "[", axis.slot, "]"); }

/// One rule being laid over one restriction.
class Coupler {
 public:
  Coupler(const SearchSpace& space, const CouplingRule& rule, Restriction& only)
      : space_(space), axes_(space.axes()), rule_(rule), only_(only) {}

  void run() {
    for (const auto& [group, values] : rule_.groups) {
      axes_of_group_.push_back(axes_of_group(space_, group));
      check_known_values(space_, group, values, axes_of_group_.back());
    }
    const size_t leading = leading_group();
    const std::vector<double>& listed = rule_.groups[leading].second;
    const std::vector<size_t>& leaders = axes_of_group_[leading];
    for (size_t g = 0; g < rule_.groups.size(); ++g) {
      if (g == leading) continue;
      const std::vector<double>& values = rule_.groups[g].second;
      for (const size_t follower : axes_of_group_[g]) {
        const std::optional<size_t> leader = leader_of(axes_[follower], leaders);
        if (!leader || fixed(axes_[follower], values) || fixed(axes_[*leader], listed)) continue;
        add(*leader, follower, listed, values);
      }
    }
    for (const size_t leader : leaders) check_left(leader);
  }

 private:
  /// The group in whose slots' places the other groups' slots lie; of several the one of fewest
  /// slots, then one on which the other depends, then one whose values differ.
  size_t leading_group() const {
    std::optional<size_t> best;
    for (size_t g = 0; g < rule_.groups.size(); ++g) {
      if (holds_the_others(g) && (!best || leads_better(g, *best))) best = g;
    }
    if (!best) {
      std::vector<std::string> names;
      for (const auto& [group, values] : rule_.groups) names.push_back(group);
      throw ConfigError(str("of ", join(names, ", "), ", none can lead the others: no slot of '",
                            space_.name(), "' lies in the place of another's"));
    }
    if (const std::optional<double> twice = repeats(*best)) {
      throw ConfigError(
          str(rule_.groups[*best].first, ", which leads, holds ", number(*twice), " twice"));
    }
    return *best;
  }

  bool leads_better(size_t group, size_t other) const {
    const std::vector<size_t>& own = axes_of_group_[group];
    const std::vector<size_t>& theirs = axes_of_group_[other];
    if (own.size() != theirs.size()) return own.size() < theirs.size();
    if (depends(theirs[0], own[0]) || depends(own[0], theirs[0])) return depends(theirs[0], own[0]);
    return repeats(other).has_value();
  }

  /// Does an axis hang on another one, or is it that one?
  bool depends(size_t axis, size_t on) const {
    for (int at = static_cast<int>(axis); at >= 0; at = axes_[static_cast<size_t>(at)].parent) {
      if (at == static_cast<int>(on)) return true;
    }
    return false;
  }

  bool holds_the_others(size_t leading) const {
    for (size_t g = 0; g < rule_.groups.size(); ++g) {
      const std::vector<size_t>& slots = axes_of_group_[g];
      const bool held = std::any_of(slots.begin(), slots.end(), [&](size_t slot) {
        return leader_of(axes_[slot], axes_of_group_[leading]).has_value();
      });
      if (!held) return false;
    }
    return true;
  }

  /// A value that a group lists twice.
  std::optional<double> repeats(size_t group) const {
    std::vector<double> sorted = rule_.groups[group].second;
    std::sort(sorted.begin(), sorted.end());
    const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
    return twice == sorted.end() ? std::nullopt : std::optional(*twice);
  }

  /// A slot with one choice that no rule names is not what the rule is about.
  static bool fixed(const Axis& axis, const std::vector<double>& values) {
    return axis.values.size() == 1 &&
           std::find(values.begin(), values.end(), axis.values.front()) == values.end();
  }

  std::optional<size_t> leader_of(const Axis& follower, const std::vector<size_t>& leaders) const {
    for (const size_t leader : leaders) {
      const std::string& place = axes_[leader].where;
      if (follower.where == place || follower.where.starts_with(place + ".")) return leader;
    }
    return leaders.size() == 1 ? std::optional(leaders.front()) : std::nullopt;
  }

  /// listed: the leader's values, values: the follower's.
  void add(size_t leader, size_t follower, const std::vector<double>& listed,
           const std::vector<double>& values) {
    const Axis& leads = axes_[leader];
    check_order(leader, follower);
    Coupling coupling{leader, follower, std::vector<int8_t>(leads.values.size(), -1)};
    std::vector<bool> used(axes_[follower].values.size(), false);
    for (size_t c = 0; c < leads.values.size(); ++c) {
      if (!only_.allowed[leader][c]) continue;
      if (leads.same_as[c] != static_cast<int>(c)) {  // archs hold the first of equal choices
        only_.allowed[leader][c] = false;
        continue;
      }
      if (!may_matter(leader, follower, c)) continue;
      const auto at = std::find(listed.begin(), listed.end(), leads.values[c]);
      if (at == listed.end()) {
        throw ConfigError(str("nothing is coupled to ", slot_name(leads), " = ", leads.names[c],
                              ", which it can be"));
      }
      const auto held = choice(axes_[follower], values[static_cast<size_t>(at - listed.begin())]);
      if (only_.allowed[follower][static_cast<size_t>(held)]) {
        coupling.choice[c] = held;
        used[static_cast<size_t>(held)] = true;
      } else {
        only_.allowed[leader][c] = false;
      }
    }
    // A follower that can hold nothing leaves its leader nothing either, or never matters.
    if (std::find(used.begin(), used.end(), true) != used.end()) {
      only_.allowed[follower] = std::move(used);
    }
    only_.couplings.push_back(std::move(coupling));
  }

  /// The follower's choice with a value, or the first that gives the same network.
  static int8_t choice(const Axis& follower, double value) {
    const std::optional<size_t> at = choice_with(follower, value);
    if (at) return static_cast<int8_t>(follower.same_as[*at]);
    throw ConfigError(str(slot_name(follower), " cannot be ", number(value), ", which it is ",
                          "coupled to; it can be ", join(follower.names, ", ")));
  }

  /// Can the follower matter while the leader holds choice c?
  bool may_matter(size_t leader, size_t follower, size_t c) const {
    for (size_t at = follower; axes_[at].parent >= 0; at = static_cast<size_t>(axes_[at].parent)) {
      if (axes_[at].parent == static_cast<int>(leader)) return axes_[at].active_when[c];
    }
    return true;
  }

  void check_order(size_t leader, size_t follower) const {
    const Axis &leads = axes_[leader], &follows = axes_[follower];
    const auto fail = [&](const char* why) {
      throw ConfigError(str(slot_name(follows), " cannot follow ", slot_name(leads), ": ", why));
    };
    if (depends(leader, follower)) fail("it decides whether that one matters");
    const bool alike = leads.parent == follows.parent && leads.active_when == follows.active_when;
    if (leads.parent >= 0 && !alike && !depends(follower, leader)) {
      fail("it can matter where that one does not");
    }
    const bool has_children = std::any_of(axes_.begin(), axes_.end(), [&](const Axis& other) {
      return other.parent == static_cast<int>(follower);
    });
    if (has_children && follows.parent >= 0 && follows.parent != static_cast<int>(leader)) {
      fail("others depend on it, and it on a third one");
    }
    for (const Coupling& other : only_.couplings) {
      if (other.follower == follower || other.follower == leader || other.leader == follower) {
        fail("one of them is coupled otherwise");
      }
    }
  }

  void check_left(size_t leader) const {
    const std::vector<bool>& allowed = only_.allowed[leader];
    if (std::find(allowed.begin(), allowed.end(), true) != allowed.end()) return;
    throw ConfigError(str("what is coupled to ", slot_name(axes_[leader]), " leaves it no choice"));
  }

  const SearchSpace& space_;
  const std::vector<Axis>& axes_;
  const CouplingRule& rule_;
  Restriction& only_;
  std::vector<std::vector<size_t>> axes_of_group_;  // [group of the rule]
};

}  // namespace

CouplingRule CouplingRule::read(const ConfigNode& section) {
  CouplingRule out;
  for (const std::string& group : section.keys()) {
    section.read(group, out.groups.emplace_back(group, std::vector<double>()).second,
                 {.required = true});
    const size_t length = out.groups.back().second.size();
    const size_t first = out.groups.front().second.size();
    if (length != first || length == 0) {
      section.fail(group, str("must hold one value for each of ", first, " of ",
                              out.groups.front().first, ", got ", length));
    }
  }
  section.finish();
  if (out.groups.empty()) return out;
  const std::string& first = out.groups.front().first;
  if (out.groups.size() == 1) section.fail(first, "needs another group that is coupled to it");
  return out;
}

void couple(const SearchSpace& space, const CouplingRule& rule, Restriction& only) {
  if (!rule.empty()) Coupler(space, rule, only).run();
}

}  // namespace tailor
