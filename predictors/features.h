// What learned predictors see of an arch: every choice, every slot's size, and what the slots of a
// group have in common. Works on any space, from its axes alone.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "supernet/space/search_space.h"

namespace tailor::predict {

/// Where a choice lies between its axis's smallest (0) and largest value (1); 0 where values are
/// names or equal.
double axis_position(const Axis& axis, size_t choice);

/// Four parts, from the finest to the smoothest, so that a fit on few archs can lean on the last:
/// - choices: the space's one-hot encoding;
/// - slots: where each slot's choice lies between the smallest (0) and the largest (1), and 0 where
///   the slot does not matter;
/// - groups: for each group the mean over the slots that matter and its square, their share of all
///   slots, and the products of two groups' means;
/// - costs: the logarithms of MACs and parameters between those of the smallest arch (0) and of the
///   largest (1), and their squares.
class ArchFeatures {
 public:
  struct Part {
    std::string name;
    size_t begin = 0, end = 0;
  };

  /// space: must outlive this.
  explicit ArchFeatures(const SearchSpace& space);

  size_t size() const { return parts_.back().end; }
  const std::vector<Part>& parts() const { return parts_; }
  /// Throws Error when `out` has another size or the arch is of another space.
  void fill(const Arch& arch, std::span<double> out) const;

 private:
  void fill_slots(const Arch& arch, std::span<double> out) const;
  void fill_groups(std::span<const double> slots, const Arch& arch, std::span<double> out) const;

  struct LogCosts {
    double macs = 0, params = 0;
  };
  LogCosts log_costs(const Arch& arch) const;
  void fill_costs(const Arch& arch, std::span<double> out) const;

  const SearchSpace& space_;
  LogCosts least_, most_;
  std::vector<std::vector<size_t>> groups_;  ///< axes of each group
  std::vector<Part> parts_;
};

}  // namespace tailor::predict
