// Estimator calls in chunks of a fixed size, so that values do not depend on the number of threads.
#pragma once

#include <span>
#include <vector>

#include "search/for_each.h"
#include "search/problem.h"
#include "search/strategy.h"

namespace tailor::search {

class Scorer : public Feasibility {
 public:
  /// Archs handed to an estimator at once: estimators that work in batches may round differently
  /// for another batch, so the chunk is part of the result.
  static constexpr size_t kChunk = 32;

  explicit Scorer(const Problem& problem, ForEach for_each = one_by_one);

  /// Throws Error naming metric and arch for a value that is not finite.
  std::vector<double> values(const Estimator& estimator, std::span<const Arch> archs) const;
  /// Like search::constraint_values.
  std::vector<double> constraint_values(std::span<const Arch> archs) const;
  void violations(std::span<const Arch> archs, std::span<double> out) const override;

 private:
  const Problem& problem_;
  ForEach for_each_;
};

}  // namespace tailor::search
