// Changes of one slot.
#include "search/moves.h"

#include <algorithm>

#include "core/error.h"

namespace tailor::search {

Moves::Moves(const SearchSpace& space, const Restriction* only) : space_(space), only_(only) {
  const std::vector<Axis>& axes = space.axes();
  for (size_t i = 0; i < axes.size(); ++i) {
    std::vector<int8_t>& open = open_.emplace_back();
    for (size_t c = 0; c < axes[i].values.size(); ++c) {
      const bool distinct = axes[i].same_as[c] == static_cast<int>(c);
      if (distinct && (!only || only->allowed[i][c])) open.push_back(static_cast<int8_t>(c));
    }
    if (open.empty()) {
      throw ConfigError(str("the restriction leaves no choice for ", axes[i].group, "[",
                            axes[i].slot, "] of '", space.name(), "'"));
    }
    if (only) allowed_.emplace_back(only->allowed[i].begin(), only->allowed[i].end());
  }
  if (!only || only->couplings.empty()) return;
  follows_.resize(axes.size(), 0);
  for (const Coupling& each : only->couplings) follows_[each.follower] = 1;
}

bool Moves::allows(const Arch& arch) const {
  if (!follows_.empty()) return space_.allows(*only_, arch);
  const std::span<const int8_t> choices = arch.choices();
  for (size_t i = 0; i < allowed_.size(); ++i) {
    if (choices[i] == Arch::kInactive) continue;
    if (!allowed_[i][static_cast<size_t>(choices[i])]) return false;
  }
  return true;
}

Arch Moves::smallest() const {
  std::vector<int8_t> choices;
  for (const auto& open : open_) choices.push_back(open.front());
  return this->arch(choices);
}

Arch Moves::sample(Rng& rng, const std::string& how) const {
  if (how == "networks") return space_.sample(rng, only_);
  std::vector<int8_t> choices;
  for (size_t i = 0; i < open_.size(); ++i) choices.push_back(draw(i, rng));
  return this->arch(choices);
}

int8_t Moves::draw(size_t axis, Rng& rng) const {
  const auto n = static_cast<int64_t>(open_[axis].size());
  return open_[axis][static_cast<size_t>(rng.below(n))];
}

Arch Moves::with(const Arch& arch, size_t axis, int8_t choice, Rng* rng) const {
  std::vector<int8_t> choices(arch.choices().begin(), arch.choices().end());
  choices[axis] = choice;
  for (size_t i = 0; i < choices.size(); ++i) {
    if (choices[i] == Arch::kInactive) choices[i] = rng ? draw(i, *rng) : open_[i].front();
  }
  return this->arch(choices);
}

std::vector<Arch> Moves::neighbours(const Arch& arch) const {
  std::vector<Arch> out;
  for (size_t i = 0; i < open_.size(); ++i) {
    if (!arch.active(i) || !is_free(i)) continue;
    for (int8_t choice : open_[i]) {
      if (choice != arch[i]) out.push_back(with(arch, i, choice, nullptr));
    }
  }
  return out;
}

int64_t Moves::free_slots(const Arch& arch) const {
  int64_t count = 0;
  for (size_t i = 0; i < open_.size(); ++i) {
    count += arch.active(i) && open_[i].size() > 1 && is_free(i);
  }
  return count;
}

Arch Moves::change_one(const Arch& arch, Rng& rng) const {
  const int64_t slots = free_slots(arch);
  if (slots == 0) return arch;
  int64_t left = rng.below(slots);
  for (size_t i = 0; i < open_.size(); ++i) {
    if (!arch.active(i) || open_[i].size() < 2 || !is_free(i) || left-- > 0) continue;
    // One of the other choices: draw among all but the last, which stands in for the present one.
    const auto n = static_cast<int64_t>(open_[i].size());
    int8_t choice = open_[i][static_cast<size_t>(rng.below(n - 1))];
    if (choice == arch[i]) choice = open_[i].back();
    return with(arch, i, choice, &rng);
  }
  return arch;
}

Arch Moves::mutate(const Arch& arch, double probability, Rng& rng) const {
  std::vector<int8_t> choices(arch.choices().begin(), arch.choices().end());
  for (size_t i = 0; i < choices.size(); ++i) {
    if (rng.coin(probability) || !arch.active(i)) choices[i] = draw(i, rng);
  }
  return this->arch(choices);
}

Arch Moves::lower(const Arch& arch, int64_t slots, Rng& rng) const {
  std::vector<int8_t> choices(arch.choices().begin(), arch.choices().end());
  std::vector<size_t> reducible;
  for (size_t i = 0; i < open_.size(); ++i) {
    if (arch.active(i) && is_free(i) && choices[i] > open_[i].front()) reducible.push_back(i);
  }
  for (int64_t k = 0; k < slots && !reducible.empty(); ++k) {
    const auto drawn = static_cast<size_t>(rng.below(static_cast<int64_t>(reducible.size())));
    const size_t axis = reducible[drawn];
    const auto above = std::lower_bound(open_[axis].begin(), open_[axis].end(), choices[axis]);
    choices[axis] = *(above - 1);
    if (choices[axis] > open_[axis].front()) continue;
    reducible[drawn] = reducible.back();
    reducible.pop_back();
  }
  for (size_t i = 0; i < choices.size(); ++i) {
    if (choices[i] == Arch::kInactive) choices[i] = draw(i, rng);
  }
  return this->arch(choices);
}

}  // namespace tailor::search
