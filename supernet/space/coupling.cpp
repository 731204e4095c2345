// Finding leaders, and the follower's choice for each of theirs.
#include "supernet/space/coupling.h"

#include <algorithm>
#include <optional>

#include "core/error.h"

namespace tailor {
namespace {

std::string slot_name(const Axis& axis) { return str(axis.group, "[", axis.slot, "]"); }

/// Axes of a group. Throws ConfigError where there are none.
std::vector<size_t> axes_of(const SearchSpace& space, const std::string& group) {
  std::vector<size_t> out;
  for (int slot = 0; space.axis_index(group, slot) >= 0; ++slot) {
    out.push_back(static_cast<size_t>(space.axis_index(group, slot)));
  }
  if (!out.empty()) return out;
  throw ConfigError(str("'", space.name(), "' has no axis group '", group,
                        "'; groups: ", join(space.groups(), ", ")));
}

std::optional<size_t> place_of(const std::vector<double>& values, double value) {
  const auto found = std::find(values.begin(), values.end(), value);
  if (found == values.end()) return std::nullopt;
  return static_cast<size_t>(found - values.begin());
}

/// One rule being laid over one restriction.
class Coupler {
 public:
  Coupler(const SearchSpace& space, const CouplingRule& rule, Restriction& only)
      : space_(space), axes_(space.axes()), rule_(rule), only_(only) {}

  void run() {
    const auto& [leading, listed] = rule_.groups.front();
    const std::vector<size_t> leaders = axes_of(space_, leading);
    check_known(leading, listed, leaders);
    for (size_t g = 1; g < rule_.groups.size(); ++g) {
      const auto& [group, values] = rule_.groups[g];
      const std::vector<size_t> followers = axes_of(space_, group);
      check_known(group, values, followers);
      bool any = false;
      for (const size_t follower : followers) {
        const std::optional<size_t> leader = leader_of(axes_[follower], leaders);
        any |= leader.has_value();
        if (leader && !fixed(axes_[follower], values) && !fixed(axes_[*leader], listed)) {
          add(*leader, follower, values);
        }
      }
      if (any) continue;
      throw ConfigError(str("no slot of ", group, " in '", space_.name(),
                            "' lies in the place of a slot of ", leading));
    }
    for (const size_t leader : leaders) check_left(leader);
  }

 private:
  /// A value that no slot can hold is a slip of the pen.
  void check_known(const std::string& group, const std::vector<double>& values,
                   const std::vector<size_t>& slots) const {
    for (const double value : values) {
      const bool known = std::any_of(slots.begin(), slots.end(), [&](size_t i) {
        return place_of(axes_[i].values, value).has_value();
      });
      if (known) continue;
      throw ConfigError(
          str("no slot of ", group, " in '", space_.name(), "' can be ", number(value)));
    }
  }

  /// A slot with one choice that no rule names is not what the rule is about.
  static bool fixed(const Axis& axis, const std::vector<double>& values) {
    return axis.values.size() == 1 && !place_of(values, axis.values.front());
  }

  std::optional<size_t> leader_of(const Axis& follower, const std::vector<size_t>& leaders) const {
    for (const size_t leader : leaders) {
      const std::string& place = axes_[leader].where;
      if (follower.where == place || follower.where.starts_with(place + ".")) return leader;
    }
    return leaders.size() == 1 ? std::optional(leaders.front()) : std::nullopt;
  }

  void add(size_t leader, size_t follower, const std::vector<double>& values) {
    const Axis& leads = axes_[leader];
    check_order(leader, follower);
    Coupling coupling{leader, follower, std::vector<int8_t>(leads.values.size(), -1)};
    std::vector<bool> used(axes_[follower].values.size(), false);
    for (size_t c = 0; c < leads.values.size(); ++c) {
      if (!only_.allowed[leader][c] || !may_matter(leader, follower, c)) continue;
      const std::optional<size_t> listed = place_of(rule_.groups.front().second, leads.values[c]);
      if (!listed) {
        throw ConfigError(str("nothing is coupled to ", slot_name(leads), " = ", leads.names[c],
                              ", which it can be"));
      }
      const auto held = choice(axes_[follower], values[*listed]);
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
    const std::optional<size_t> at = place_of(follower.values, value);
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
    const auto depends = [&](size_t axis, size_t on) {
      for (int at = static_cast<int>(axis); at >= 0; at = axes_[static_cast<size_t>(at)].parent) {
        if (at == static_cast<int>(on)) return true;
      }
      return false;
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
  const auto& [leading, values] = out.groups.front();
  if (out.groups.size() == 1) section.fail(leading, "needs another group that is coupled to it");
  std::vector<double> sorted = values;
  std::sort(sorted.begin(), sorted.end());
  const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
  if (twice != sorted.end()) section.fail(leading, str("holds ", number(*twice), " twice"));
  return out;
}

void couple(const SearchSpace& space, const CouplingRule& rule, Restriction& only) {
  if (!rule.empty()) Coupler(space, rule, only).run();
}

}  // namespace tailor
