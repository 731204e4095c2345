// One point of a search space: an immutable, canonical value.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tailor {

/// Choice index per axis, kInactive where the slot does not matter. Only SearchSpace makes one, so
/// that two archs of one space are equal exactly when their networks are.
class Arch {
 public:
  static constexpr int8_t kInactive = -1;

  Arch() = default;
  std::span<const int8_t> choices() const { return choices_; }
  int8_t operator[](size_t axis) const { return choices_[axis]; }
  bool active(size_t axis) const { return choices_[axis] != kInactive; }
  size_t size() const { return choices_.size(); }
  /// Same on every machine and in every run.
  uint64_t hash() const { return hash_; }

  bool operator==(const Arch& other) const { return choices_ == other.choices_; }
  /// Order of the choice lists; for deterministic ties and sorted containers.
  std::strong_ordering operator<=>(const Arch& other) const { return choices_ <=> other.choices_; }

 private:
  friend class SearchSpace;
  explicit Arch(std::vector<int8_t> choices);
  std::vector<int8_t> choices_;
  uint64_t hash_ = 0;
};

struct ArchHash {
  size_t operator()(const Arch& arch) const { return static_cast<size_t>(arch.hash()); }
};

}  // namespace tailor
