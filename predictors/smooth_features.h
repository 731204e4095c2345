// Columns brought to one scale, and smooth functions of them.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "core/rng.h"

namespace tailor::predict {

/// (x - mean) / deviation of each column; a constant column becomes 0.
struct ColumnScale {
  std::vector<double> means, factors;

  /// rows: rows of `columns` numbers.
  static ColumnScale of(std::span<const double> rows, size_t columns);
  void apply(std::span<double> row) const;
};

/// A Gaussian process's smooth functions of a few columns as plain features: a linear model over
/// them is the process seen from its anchors. One part for each length of its kernel.
/// Source: Nystroem features, Williams and Seeger, NIPS 2000.
class SmoothFeatures {
 public:
  static constexpr size_t kMaxAnchors = 40;
  /// Of the kernel exp(-|a - b|^2 / (2 length^2 columns)).
  static constexpr double kLengths[] = {1, 4};

  SmoothFeatures() = default;
  /// anchors: rows of `columns` scaled numbers.
  SmoothFeatures(std::vector<double> anchors, size_t columns);
  /// Some of the rows, all where they are few, as anchors.
  static SmoothFeatures among(std::span<const double> rows, size_t columns, Rng rng);

  const std::vector<double>& anchors() const { return anchors_; }
  size_t part_size() const { return count_; }
  size_t size() const { return count_ * std::size(kLengths); }
  void fill(std::span<const double> row, std::span<double> out) const;

 private:
  size_t columns_ = 0, count_ = 0;
  std::vector<double> anchors_;
  std::vector<std::vector<double>> roots_;  ///< Cholesky factors, row by row, one a length
};

}  // namespace tailor::predict
