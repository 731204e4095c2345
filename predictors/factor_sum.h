// A function of archs that is a sum of tables, each over a few axes: what look-ups in arrays, exact
// search and bounds work on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "supernet/space/search_space.h"

namespace tailor {

/// A table over a few axes. Within it an axis counts as 0 where it does not matter, else as its
/// choice + 1; the last axis runs fastest.
struct Factor {
  std::vector<size_t> axes;    ///< rising
  std::vector<double> values;  ///< NaN where no arch leads (or none that is allowed)
};

/// value(arch) = constant + one entry of every factor.
class FactorSum {
 public:
  /// Keeps no reference to the space. Throws Error for a factor whose axes do not rise or whose
  /// values are not as many as its axes' choices (and one for "does not matter") multiply to.
  FactorSum(const SearchSpace& space, double constant, std::vector<Factor> factors);

  /// NaN where an entry is.
  double operator()(const Arch& arch) const;

  double constant() const { return constant_; }
  const std::vector<Factor>& factors() const { return factors_; }
  /// Which entry of factor `f` an arch takes.
  size_t entry(size_t f, const Arch& arch) const;
  /// Entries of a factor over these axes.
  static size_t entries(const SearchSpace& space, const std::vector<size_t>& axes);

 private:
  struct Step {
    uint32_t axis, stride;
  };
  double constant_;
  std::vector<Factor> factors_;
  std::vector<Step> steps_;        // of all factors, one after the other
  std::vector<uint32_t> begins_;   // of each factor in steps_, and the end
  std::vector<double> values_;     // of all factors
  std::vector<uint32_t> offsets_;  // of each factor in values_
};

}  // namespace tailor
