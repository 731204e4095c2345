// Where a search by gradient chooses: groups of axes that change the same blocks, found from the
// lowering alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "supernet/space/block_places.h"
#include "supernet/space/search_space.h"

namespace tailor::train {

/// One choice of a search by gradient. An option is a combination of choices of its axes.
struct Slot {
  std::string name;          ///< of the place it changes, or of its axis: "stage2.block1"
  std::vector<size_t> axes;  ///< rising
  std::vector<std::vector<int8_t>> options;  ///< [option][axis]: a choice, or Arch::kInactive
};

/// A figure of every option of every slot.
using SlotValues = std::vector<std::vector<double>>;

/// Every combination of options of these slots, the last one fastest.
struct SlotTable {
  std::vector<size_t> slots;    ///< rising
  std::vector<size_t> entries;  ///< of a table over axes (as in Factor), one a combination
};

/// Slots hold the axes that have more than one allowed choice. Options of a slot count given that
/// it matters; whether it does, other slots may decide (a stage's depth decides for its blocks).
class Slots {
 public:
  /// places: of `space` under `only`. Both outlive this. Throws Error when a slot would have more
  /// than 4096 options.
  Slots(const SearchSpace& space, std::span<const BlockPlace> places, const Restriction* only);

  const SearchSpace& space() const { return space_; }
  size_t size() const { return slots_.size(); }
  const Slot& operator[](size_t slot) const { return slots_[slot]; }
  /// 0 for every option.
  SlotValues zeros() const;

  /// options: one a slot; those of slots that then do not matter are ignored.
  Arch arch(std::span<const size_t> options) const;
  /// Does it in this arch?
  bool matters(size_t slot, const Arch& arch) const;
  /// Which entries of a table over `axes` the options lead to. Throws Error above 65536
  /// combinations.
  SlotTable table(const std::vector<size_t>& axes) const;
  /// "ks=3 e=6".
  std::string option_text(size_t slot, size_t option) const;

 private:
  void group_axes(std::span<const BlockPlace> places);
  void find_options(Slot& slot) const;
  bool allowed(size_t axis, size_t choice) const;
  size_t first_allowed(size_t axis, const std::vector<bool>* active_when = nullptr) const;
  void make_matter(size_t axis, std::vector<int8_t>& choices) const;
  std::vector<size_t> deciding(const std::vector<size_t>& axes) const;

  const SearchSpace& space_;
  const Restriction* only_;
  std::vector<Slot> slots_;
  std::vector<int> slot_of_;   // [axis]; -1: none
  std::vector<int8_t> fixed_;  // [axis]: what axes without a slot hold
};

/// Runs through all combinations: body(combination, options) with one option a slot of `table`.
template <class Body>
void for_each_combination(const Slots& slots, const SlotTable& table, const Body& body) {
  std::vector<size_t> options(table.slots.size(), 0);
  for (size_t k = 0; k < table.entries.size(); ++k) {
    body(k, options);
    for (size_t i = options.size(); i-- > 0;) {
      if (++options[i] < slots[table.slots[i]].options.size()) break;
      options[i] = 0;
    }
  }
}

}  // namespace tailor::train
