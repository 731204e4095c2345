// One point of a search space: an immutable, canonical value.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace tailor {

/// Choice index per axis, kInactive where the slot does not matter. Only SearchSpace makes one, so
/// that two archs of one space are equal exactly when their networks are. Copies share the choices.
class Arch {
 public:
  static constexpr int8_t kInactive = -1;

  Arch() = default;
  std::span<const int8_t> choices() const {
    return data_ ? std::span<const int8_t>(data_->choices) : std::span<const int8_t>();
  }
  int8_t operator[](size_t axis) const { return data_->choices[axis]; }
  bool active(size_t axis) const { return data_->choices[axis] != kInactive; }
  size_t size() const { return choices().size(); }
  /// Same on every machine and in every run.
  uint64_t hash() const { return data_ ? data_->hash : 0; }

  bool operator==(const Arch& other) const;
  /// Order of the choice lists; for deterministic ties and sorted containers.
  std::strong_ordering operator<=>(const Arch& other) const;

 private:
  friend class SearchSpace;
  struct Data {
    std::vector<int8_t> choices;
    uint64_t hash;
  };
  explicit Arch(std::vector<int8_t> choices);
  std::shared_ptr<const Data> data_;  // null: no axes
};

struct ArchHash {
  size_t operator()(const Arch& arch) const { return static_cast<size_t>(arch.hash()); }
};

}  // namespace tailor
