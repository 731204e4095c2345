// Grouping axes and listing their options.
#include "trainers/gradient/slots.h"

#include <algorithm>
#include <map>
#include <set>

#include "core/error.h"

namespace tailor::train {
namespace {

constexpr size_t kMostOptions = 4096, kMostCombinations = 65536;

}  // namespace

Slots::Slots(const SearchSpace& space, std::span<const BlockPlace> places, const Restriction* only)
    : space_(space), only_(only), slot_of_(space.axes().size(), -1) {
  TAILOR_CHECK(!only || only->couplings.empty(), "slots are learned each by itself, not coupled");
  for (size_t axis = 0; axis < space.axes().size(); ++axis) {
    fixed_.push_back(static_cast<int8_t>(first_allowed(axis)));
  }
  group_axes(places);
  for (Slot& slot : slots_) find_options(slot);
}

bool Slots::allowed(size_t axis, size_t choice) const {
  const bool distinct = space_.axes()[axis].same_as[choice] == static_cast<int>(choice);
  return distinct && (!only_ || only_->allowed[axis][choice]);
}

size_t Slots::first_allowed(size_t axis, const std::vector<bool>* active_when) const {
  const Axis& own = space_.axes()[axis];
  for (size_t c = 0; c < own.values.size(); ++c) {
    if (allowed(axis, c) && (!active_when || (*active_when)[c])) return c;
  }
  throw ConfigError(str("the choices allowed to a search by gradient leave '", own.group, "' of '",
                        own.where, "' without one that it needs"));
}

/// Axes of one slot change the same places. An axis that no place names decides for others alone.
void Slots::group_axes(std::span<const BlockPlace> places) {
  std::map<std::vector<size_t>, size_t> known;  // places -> slot
  for (size_t axis = 0; axis < space_.axes().size(); ++axis) {
    const Axis& own = space_.axes()[axis];
    size_t choices = 0;
    for (size_t c = 0; c < own.values.size(); ++c) choices += allowed(axis, c);
    if (choices < 2) continue;
    std::vector<size_t> changed;
    for (size_t p = 0; p < places.size(); ++p) {
      if (std::count(places[p].axes.begin(), places[p].axes.end(), axis)) changed.push_back(p);
    }
    const auto [found, fresh] = known.try_emplace(changed, slots_.size());
    if (fresh || changed.empty()) {
      found->second = slots_.size();
      const bool one_place = changed.size() == 1;
      slots_.push_back(
          {one_place ? places[changed[0]].name : str(own.where, ".", own.group), {}, {}});
    }
    slots_[found->second].axes.push_back(axis);
    slot_of_[axis] = static_cast<int>(found->second);
  }
}

/// Makes an axis matter by the choices of those above it.
void Slots::make_matter(size_t axis, std::vector<int8_t>& choices) const {
  for (int parent = space_.axes()[axis].parent; parent >= 0; parent = space_.axes()[axis].parent) {
    const std::vector<bool>& active_when = space_.axes()[axis].active_when;
    axis = static_cast<size_t>(parent);
    choices[axis] = static_cast<int8_t>(first_allowed(axis, &active_when));
  }
}

void Slots::find_options(Slot& slot) const {
  std::vector<int8_t> base = fixed_;
  for (const size_t axis : slot.axes) {
    const int parent = space_.axes()[axis].parent;
    if (parent >= 0 && !std::count(slot.axes.begin(), slot.axes.end(), static_cast<size_t>(parent)))
      make_matter(axis, base);
  }
  std::set<std::vector<int8_t>> seen;
  std::vector<int8_t> choices = base;
  const auto visit = [&](const auto& self, size_t i) -> void {
    if (i == slot.axes.size()) {
      const Arch arch = space_.arch(choices);
      std::vector<int8_t> codes;
      for (const size_t axis : slot.axes) codes.push_back(arch[axis]);
      if (seen.insert(codes).second) slot.options.push_back(codes);
      if (slot.options.size() > kMostOptions) {
        throw Error(str("slot '", slot.name, "' of '", space_.name(), "' has more than ",
                        kMostOptions, " options"));
      }
      return;
    }
    const size_t axis = slot.axes[i];
    for (size_t c = 0; c < space_.axes()[axis].values.size(); ++c) {
      if (!allowed(axis, c)) continue;
      choices[axis] = static_cast<int8_t>(c);
      self(self, i + 1);
    }
  };
  visit(visit, 0);
}

SlotValues Slots::zeros() const {
  SlotValues out;
  for (const Slot& slot : slots_) out.emplace_back(slot.options.size(), 0.0);
  return out;
}

Arch Slots::arch(std::span<const size_t> options) const {
  TAILOR_CHECK(options.size() == size(), options.size(), " options for ", size(), " slots");
  std::vector<int8_t> choices = fixed_;
  for (size_t s = 0; s < size(); ++s) {
    for (size_t i = 0; i < slots_[s].axes.size(); ++i) {
      const int8_t choice = slots_[s].options[options[s]][i];
      if (choice != Arch::kInactive) choices[slots_[s].axes[i]] = choice;
    }
  }
  return space_.arch(choices);
}

bool Slots::matters(size_t slot, const Arch& arch) const {
  const std::vector<size_t>& axes = slots_[slot].axes;
  return std::any_of(axes.begin(), axes.end(), [&](size_t axis) { return arch.active(axis); });
}

/// Slots of these axes and of all that decide whether they matter.
std::vector<size_t> Slots::deciding(const std::vector<size_t>& axes) const {
  std::set<size_t> out;
  std::vector<size_t> open = axes;
  std::set<size_t> seen;
  while (!open.empty()) {
    const size_t axis = open.back();
    open.pop_back();
    if (!seen.insert(axis).second) continue;
    const int parent = space_.axes()[axis].parent;
    if (parent >= 0) open.push_back(static_cast<size_t>(parent));
    if (slot_of_[axis] < 0) continue;
    const auto slot = static_cast<size_t>(slot_of_[axis]);
    if (!out.insert(slot).second) continue;
    for (const size_t other : slots_[slot].axes) open.push_back(other);
  }
  return {out.begin(), out.end()};
}

SlotTable Slots::table(const std::vector<size_t>& axes) const {
  SlotTable out{deciding(axes), {}};
  size_t combinations = 1;
  for (const size_t slot : out.slots) {
    combinations *= slots_[slot].options.size();
    if (combinations > kMostCombinations) {
      throw Error(str("what '", slots_[slot].name, "' of '", space_.name(),
                      "' holds depends on too many choices for a search by gradient"));
    }
  }
  out.entries.resize(combinations);
  std::vector<size_t> all(size(), 0);
  for_each_combination(*this, out, [&](size_t k, const std::vector<size_t>& options) {
    for (size_t i = 0; i < options.size(); ++i) all[out.slots[i]] = options[i];
    const Arch own = arch(all);
    size_t entry = 0;
    for (const size_t axis : axes) {
      entry = entry * (space_.axes()[axis].values.size() + 1) + static_cast<size_t>(own[axis] + 1);
    }
    out.entries[k] = entry;
  });
  return out;
}

std::string Slots::option_text(size_t slot, size_t option) const {
  std::vector<std::string> parts;
  const Slot& own = slots_[slot];
  for (size_t i = 0; i < own.axes.size(); ++i) {
    const int8_t choice = own.options[option][i];
    if (choice == Arch::kInactive) continue;
    const Axis& axis = space_.axes()[own.axes[i]];
    parts.push_back(axis.group + "=" + axis.names[static_cast<size_t>(choice)]);
  }
  return join(parts, " ");
}

}  // namespace tailor::train
