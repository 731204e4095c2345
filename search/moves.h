// Single changes of an arch that stay inside a restriction: what strategies are built from.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/rng.h"
#include "supernet/space/search_space.h"

namespace tailor::search {

class Moves {
 public:
  /// Both outlive it; `only` may be null. Throws ConfigError when a slot has no choice left.
  Moves(const SearchSpace& space, const Restriction* only);

  const SearchSpace& space() const { return space_; }
  const Restriction* only() const { return only_; }
  bool allows(const Arch& arch) const;

  /// Canonical arch of choice indices; axes that follow another hold what that one says.
  Arch arch(std::span<const int8_t> choices) const { return space_.arch(choices, only_); }
  /// Every slot at its first choice that is left.
  Arch smallest() const;
  /// Uniform over networks ("networks") or over the choices of every slot ("choices").
  Arch sample(Rng& rng, const std::string& how) const;
  /// Every arch that differs in one slot; slots that begin to matter take their first choice.
  std::vector<Arch> neighbours(const Arch& arch) const;
  /// One slot that matters gets another choice; the same arch where no slot has one. Slots that
  /// begin to matter are drawn.
  Arch change_one(const Arch& arch, Rng& rng) const;
  /// Every slot is redrawn with `probability` over its choices; those that begin to matter are
  /// drawn.
  Arch mutate(const Arch& arch, double probability, Rng& rng) const;
  /// Every slot from one parent or the other.
  Arch crossover(const Arch& mother, const Arch& father, Rng& rng) const {
    return space_.crossover(mother, father, rng, only_);
  }
  /// `slots` times: a slot that matters goes one choice down, toward the smaller network.
  Arch lower(const Arch& arch, int64_t slots, Rng& rng) const;
  /// Slots that matter, have another choice, and follow no other slot.
  int64_t free_slots(const Arch& arch) const;
  /// One of an axis's choices that are left, uniform.
  int8_t draw(size_t axis, Rng& rng) const;

 private:
  bool is_free(size_t axis) const { return follows_.empty() || !follows_[axis]; }
  /// The arch with one slot set; inactive slots are filled by their first choice, or drawn.
  Arch with(const Arch& arch, size_t axis, int8_t choice, Rng* rng) const;

  const SearchSpace& space_;
  const Restriction* only_;
  std::vector<std::vector<int8_t>> open_;      // [axis]: distinct allowed choices, rising
  std::vector<std::vector<uint8_t>> allowed_;  // [axis][choice]; empty: the whole space
  std::vector<uint8_t> follows_;               // [axis]; empty: nothing is coupled
};

}  // namespace tailor::search
