// Times of blocks that are in no table, from those of blocks of the same skeleton in one.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "hardware_profiles/key_shape.h"
#include "hardware_profiles/lut.h"

namespace tailor::hw {

/// Milliseconds of a block from its counts: [bytes, MACs, nodes] times coefficients that are never
/// negative, with the least squares of relative errors over what was measured, each times its
/// weight. Where few entries leave a choice, bytes explain first.
class WorkModel {
 public:
  using Counts = std::array<double, 3>;

  WorkModel() = default;
  WorkModel(std::span<const Counts> counts, std::span<const double> ms,
            std::span<const double> weights);
  double operator()(const Counts& counts) const;
  static Counts counts_of(const KeyShape& shape);

 private:
  Counts coefficients_ = {};
};

/// The work model, bent to the nearest entries of the same skeleton: the model's time, times the
/// weighted geometric mean of (measured / model) of up to four neighbours, nearest in the
/// logarithms of the sizes (Shepard's inverse squared distances). Entries count the less the wider
/// their spread.
class Interpolation {
 public:
  /// No neighbour is one with so many times more or fewer bytes or MACs.
  static constexpr double kReach = 4;

  explicit Interpolation(const LatencyTable& table);

  struct Answer {
    double ms = 0;
    size_t neighbours = 0;
  };
  /// Nothing when no entry of this skeleton is within reach.
  std::optional<Answer> find(const KeyShape& shape) const;

 private:
  struct Point {
    std::vector<double> log_sizes;
    WorkModel::Counts counts = {};
    double log_ratio = 0;  ///< of the measured time to the model's
    double weight = 1;     ///< how far the entry is to be trusted
  };
  std::map<std::string, std::vector<Point>> points_;
  WorkModel model_;
};

}  // namespace tailor::hw
