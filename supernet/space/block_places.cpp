// Probing a space's lowering.
#include "supernet/space/block_places.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "core/error.h"

namespace tailor {
namespace {

constexpr int kFewProbes = 2;   // random archs around which dependencies are looked for first
constexpr int kManyProbes = 8;  // where those did not find all of them
constexpr int kChecks = 24;     // random archs that the tables are checked on
constexpr int8_t kOpen = -2;    // an axis that is not decided yet

int find_block(const NetworkSpec& spec, const std::string& name) {
  for (size_t b = 0; b < spec.blocks.size(); ++b) {
    if (spec.blocks[b].block->name == name) return static_cast<int>(b);
  }
  return -1;
}

/// A choice on some axes, undecided on the others.
class Decisions {
 public:
  Decisions(const SearchSpace& space, const Restriction* only)
      : space_(&space), only_(only), held_(space.axes().size(), kOpen) {}

  /// kInactive: the axis is not to matter. False when they do not go with what is decided.
  bool decide(const std::vector<size_t>& axes, const std::vector<int8_t>& choices) {
    for (size_t i = 0; i < axes.size(); ++i) {
      if (!hold(axes[i], choices[i])) return false;
    }
    return std::all_of(axes.begin(), axes.end(), [&](size_t axis) { return decide_parent(axis); });
  }

  /// What is undecided takes its largest choice.
  Arch arch() const {
    std::vector<int8_t> choices = held_;
    for (size_t axis = 0; axis < choices.size(); ++axis) {
      if (choices[axis] < 0) choices[axis] = last_open(axis);
    }
    return space_->arch(choices);
  }

 private:
  bool open(size_t axis, int8_t choice) const {
    const auto c = static_cast<size_t>(choice);
    const bool distinct = space_->axes()[axis].same_as[c] == static_cast<int>(choice);
    return distinct && (!only_ || only_->allowed[axis][c]);
  }

  int8_t last_open(size_t axis) const {
    auto choice = static_cast<int8_t>(space_->axes()[axis].values.size() - 1);
    while (choice > 0 && !open(axis, choice)) --choice;
    return choice;
  }

  bool hold(size_t axis, int8_t choice) {
    if (held_[axis] != kOpen) return held_[axis] == choice;
    if (choice != Arch::kInactive && !open(axis, choice)) return false;
    held_[axis] = choice;
    return true;
  }

  /// Sees to it that an axis that is decided matters, or does not.
  bool decide_parent(size_t axis) {
    const Axis& own = space_->axes()[axis];
    const bool active = held_[axis] != Arch::kInactive;
    if (own.parent < 0) return active;
    const auto parent = static_cast<size_t>(own.parent);
    if (held_[parent] == Arch::kInactive) return !active;
    if (held_[parent] != kOpen) {
      return own.active_when[static_cast<size_t>(held_[parent])] == active;
    }
    for (size_t c = own.active_when.size(); c-- > 0;) {
      if (own.active_when[c] == active && hold(parent, static_cast<int8_t>(c))) {
        return decide_parent(parent);
      }
    }
    return !active && hold(parent, Arch::kInactive) && decide_parent(parent);
  }

  const SearchSpace* space_;
  const Restriction* only_;
  std::vector<int8_t> held_;
};

class Places {
 public:
  Places(const SearchSpace& space, const Workload& workload, const Restriction* only)
      : space_(space), workload_(workload), only_(only) {}

  std::vector<BlockPlace> run() {
    if (attempt(kFewProbes) || attempt(kManyProbes)) return std::move(places_);
    throw Error(str("blocks of '", space_.name(), "' depend on each other's choices"));
  }

 private:
  bool attempt(int probes) {
    Rng rng(static_cast<uint64_t>(probes));
    // The largest allowed one first: nearly every axis matters in it.
    for (const Arch& arch : {Decisions(space_, only_).arch(), space_.smallest()}) {
      if (!only_ || space_.allows(*only_, arch)) find_dependencies(arch);
    }
    for (int i = 0; i < probes; ++i) find_dependencies(space_.sample(rng, only_));
    make_tables();
    if (!fill()) return false;
    for (int i = 0; i < kChecks; ++i) {
      if (!add(space_.sample_choices(rng, only_))) return false;
    }
    return true;
  }

  // -- which axes
  // ----------------------------------------------------------------------------------
  void find_dependencies(const Arch& arch) {
    const NetworkSpec spec = space_.lower(arch, workload_);
    note(spec);
    // A parent takes blocks out by switching axes off that these depend on: found before it.
    for (const bool parents : {false, true}) {
      for (size_t axis = 0; axis < space_.axes().size(); ++axis) {
        if (is_parent(axis) == parents && arch.active(axis)) change(arch, spec, axis);
      }
    }
  }

  bool is_parent(size_t axis) const {
    return std::any_of(space_.axes().begin(), space_.axes().end(),
                       [&](const Axis& a) { return a.parent == static_cast<int>(axis); });
  }

  void change(const Arch& arch, const NetworkSpec& spec, size_t axis) {
    for (size_t c = 0; c < space_.axes()[axis].values.size(); ++c) {
      if (static_cast<int>(c) == arch[axis] || (only_ && !only_->allowed[axis][c])) continue;
      std::vector<int8_t> choices(arch.choices().begin(), arch.choices().end());
      for (size_t i = 0; i < choices.size(); ++i) {
        if (choices[i] == Arch::kInactive) choices[i] = first_allowed(i);
      }
      choices[axis] = static_cast<int8_t>(c);
      const Arch other = space_.arch(choices);
      if (other == arch) continue;
      const NetworkSpec changed = space_.lower(other, workload_);
      note(changed);
      compare(arch, spec, other, changed, axis);
    }
  }

  int8_t first_allowed(size_t axis) const {
    size_t c = 0;
    while (only_ && c + 1 < only_->allowed[axis].size() && !only_->allowed[axis][c]) ++c;
    return static_cast<int8_t>(c);
  }

  /// Notes `axis` for each place that differs where nothing known explains it.
  void compare(const Arch& a, const NetworkSpec& spec_a, const Arch& b, const NetworkSpec& spec_b,
               size_t axis) {
    for (auto& [name, axes] : dependencies_) {
      const int in_a = find_block(spec_a, name), in_b = find_block(spec_b, name);
      if (in_a < 0 && in_b < 0) continue;
      const bool same = in_a >= 0 && in_b >= 0 &&
                        spec_a.blocks[static_cast<size_t>(in_a)].block->key ==
                            spec_b.blocks[static_cast<size_t>(in_b)].block->key;
      const bool explained =
          std::any_of(axes.begin(), axes.end(), [&](size_t known) { return a[known] != b[known]; });
      if (!same && !explained) axes.insert(axis);
    }
  }

  void note(const NetworkSpec& spec) {
    for (size_t b = 0; b < spec.blocks.size(); ++b) {
      const std::string& name = spec.blocks[b].block->name;
      dependencies_.try_emplace(name);
      auto [at, fresh] = order_.try_emplace(name, b);
      at->second = std::max(at->second, b);
    }
  }

  // -- tables
  // --------------------------------------------------------------------------------------
  void make_tables() {
    places_.clear();
    reached_.clear();
    for (const auto& [name, axes] : dependencies_) {
      BlockPlace& place = places_.emplace_back();
      place.name = name;
      place.axes.assign(axes.begin(), axes.end());
      size_t entries = 1;
      for (const size_t axis : axes) entries *= space_.axes()[axis].values.size() + 1;
      TAILOR_CHECK(entries < (size_t{1} << 24), "block '", name, "' of '", space_.name(),
                   "' depends on ", axes.size(), " axes");
      place.choices.resize(entries);
    }
    std::stable_sort(places_.begin(), places_.end(), [&](const BlockPlace& a, const BlockPlace& b) {
      return order_.at(a.name) < order_.at(b.name);
    });
    for (const BlockPlace& place : places_) reached_.emplace_back(place.choices.size(), false);
  }

  size_t entry(const BlockPlace& place, const Arch& arch) const {
    size_t index = 0;
    for (const size_t axis : place.axes) {
      index = index * (space_.axes()[axis].values.size() + 1) + static_cast<size_t>(arch[axis] + 1);
    }
    return index;
  }

  bool decide(const BlockPlace& place, size_t entry, Decisions& decisions) const {
    std::vector<int8_t> choices(place.axes.size());
    for (size_t i = place.axes.size(); i-- > 0;) {
      const size_t radix = space_.axes()[place.axes[i]].values.size() + 1;
      choices[i] = static_cast<int8_t>(static_cast<int>(entry % radix) - 1);
      entry /= radix;
    }
    return decisions.decide(place.axes, choices);
  }

  /// One network after the other, each with as many new combinations as fit together.
  bool fill() {
    for (size_t p = 0; p < places_.size(); ++p) {
      for (size_t e = 0; e < places_[p].choices.size(); ++e) {
        if (reached_[p][e]) continue;
        Decisions decisions(space_, only_);
        reached_[p][e] = true;  // or nothing leads there
        if (!decide(places_[p], e, decisions)) continue;
        for (size_t other = p + 1; other < places_.size(); ++other) join(other, decisions);
        if (!add(decisions.arch())) return false;
      }
    }
    return true;
  }

  /// Adds the first combination of a place that was not seen and fits.
  void join(size_t p, Decisions& decisions) {
    for (size_t e = 0; e < reached_[p].size(); ++e) {
      if (reached_[p][e]) continue;
      Decisions more = decisions;
      if (!decide(places_[p], e, more)) continue;
      decisions = std::move(more);
      return;
    }
  }

  /// Enters what a network shows; false when it contradicts what another one showed.
  bool add(const Arch& arch) {
    const NetworkSpec spec = space_.lower(arch, workload_);
    size_t found = 0;
    for (size_t p = 0; p < places_.size(); ++p) {
      const int b = find_block(spec, places_[p].name);
      const size_t e = entry(places_[p], arch);
      BlockChoice now{b < 0 ? nullptr : spec.blocks[static_cast<size_t>(b)].block, arch,
                      static_cast<size_t>(std::max(b, 0)), e};
      found += b >= 0;
      std::optional<BlockChoice>& known = places_[p].choices[e];
      if (known &&
          (!known->block != !now.block || (now.block && known->block->key != now.block->key))) {
        return false;
      }
      if (!known) known = std::move(now);
      reached_[p][e] = true;
    }
    return found == spec.blocks.size();
  }

  const SearchSpace& space_;
  const Workload workload_;
  const Restriction* only_;
  std::map<std::string, std::set<size_t>> dependencies_;
  std::map<std::string, size_t> order_;  // the last position seen
  std::vector<BlockPlace> places_;
  std::vector<std::vector<bool>> reached_;  // [place][entry]
};

}  // namespace

std::vector<BlockPlace> block_places(const SearchSpace& space, const Workload& workload,
                                     const Restriction* only) {
  return Places(space, workload, only).run();
}

}  // namespace tailor
