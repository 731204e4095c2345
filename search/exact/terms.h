// The tables of an exact problem side by side, the choices that may be used, and how far sums of
// doubles can be from the sums they stand for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "search/exact/exact.h"

namespace tailor::search::exact {

/// What an axis holds: 0 where it does not matter, else its choice + 1 (as in Factor).
using Code = int16_t;
constexpr Code kUnset = -1;

/// One table. `sum`: 0 the objective, 1 + c cost c.
struct Term {
  size_t sum = 0;
  std::vector<size_t> axes, strides;
  const std::vector<double>* values = nullptr;

  double at(const std::vector<Code>& codes) const;
};

/// The problem outlives it.
struct Terms {
  explicit Terms(const ExactProblem& problem);

  const ExactProblem& problem;
  const std::vector<Axis>& axes;
  std::vector<std::vector<Code>> open;        ///< [axis]: codes that may be used where it matters
  std::vector<std::vector<size_t>> children;  ///< [axis]
  std::vector<Term> terms;
  std::vector<std::vector<size_t>> touching;  ///< [axis]: indices of its terms
  std::vector<double> constant;               ///< [sum]
  /// [sum]: two ways of adding up one arch, or points between archs, differ by less than this.
  std::vector<double> slack;
  std::vector<std::vector<double>> couplings;  ///< a table of 0 and NaN for each, in the objective
  std::vector<bool> exact;    ///< [sum]: no sum of its entries is rounded, as of whole numbers
  std::vector<double> range;  ///< [sum]: sum of (largest - smallest entry) over its terms

  const FactorSum& sum(size_t s) const {
    return s == 0 ? problem.objective : problem.costs[s - 1].sum;
  }
  void add_term(size_t sum, const std::vector<size_t>& term_axes,
                const std::vector<double>& values);
  void add_couplings(const std::vector<Coupling>& all);
  /// Codes of an arch.
  static std::vector<Code> codes(const Arch& arch);
  /// The arch of codes; those that do not matter may hold anything.
  Arch arch(const std::vector<Code>& codes) const;
};

}  // namespace tailor::search::exact
