// Where archs stand in a list: a hash table of places, without a node for each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "supernet/space/arch.h"

namespace tailor::search {

/// The list is the caller's; `arch_at(place)` gives one of its archs.
class ArchIndex {
 public:
  static constexpr size_t kNone = static_cast<size_t>(-1);

  /// Makes room for so many archs at once.
  void reserve(size_t archs) {
    if (2 * archs > slots_.size()) grow(2 * archs);
  }

  /// Place of an arch, or kNone.
  template <class ArchAt>
  size_t find(const Arch& arch, const ArchAt& arch_at) const {
    if (slots_.empty()) return kNone;
    return slots_[slot_of(arch, arch_at)].place;
  }

  /// Enters an arch that will stand at `place`; the place where it stands already, or kNone.
  template <class ArchAt>
  size_t insert(const Arch& arch, size_t place, const ArchAt& arch_at) {
    if (2 * (count_ + 1) > slots_.size()) grow(4 * (count_ + 1));
    Slot& slot = slots_[slot_of(arch, arch_at)];
    if (slot.place != kNone) return slot.place;
    slot = {arch.hash(), place};
    ++count_;
    return kNone;
  }

  void clear() {
    slots_.clear();
    count_ = 0;
  }

 private:
  struct Slot {
    uint64_t hash = 0;
    size_t place = kNone;
  };

  template <class ArchAt>
  size_t slot_of(const Arch& arch, const ArchAt& arch_at) const {
    const size_t mask = slots_.size() - 1;
    size_t at = arch.hash() & mask;
    while (slots_[at].place != kNone &&
           (slots_[at].hash != arch.hash() || !(arch_at(slots_[at].place) == arch))) {
      at = (at + 1) & mask;
    }
    return at;
  }

  /// `least` slots or more, a power of two; half of them stay free.
  void grow(size_t least) {
    size_t size = 16;
    while (size < least) size *= 2;
    std::vector<Slot> before(size);
    before.swap(slots_);
    for (const Slot& slot : before) {
      if (slot.place == kNone) continue;
      size_t at = slot.hash & (size - 1);
      while (slots_[at].place != kNone) at = (at + 1) & (size - 1);
      slots_[at] = slot;
    }
  }

  std::vector<Slot> slots_;
  size_t count_ = 0;
};

}  // namespace tailor::search
