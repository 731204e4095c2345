// Estimator calls in chunks of a fixed size, so that values do not depend on the number of threads.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "search/problem.h"
#include "search/strategy.h"

namespace tailor::search {

/// Runs body(0) ... body(count - 1) in any order, at once where it can.
using ForEach = std::function<void(size_t count, const std::function<void(size_t)>& body)>;

class Scorer : public Feasibility {
 public:
  /// Archs handed to an estimator at once: estimators that work in batches may round differently
  /// for another batch, so the chunk is part of the result.
  static constexpr size_t kChunk = 64;

  Scorer(const Problem& problem, ForEach for_each);

  /// Throws Error naming metric and arch for a value that is not finite.
  std::vector<double> values(const Estimator& estimator, std::span<const Arch> archs) const;
  /// Like search::constraint_values.
  std::vector<double> constraint_values(std::span<const Arch> archs) const;
  void violations(std::span<const Arch> archs, std::span<double> out) const override;

 private:
  /// body(begin, end) for each chunk; the first chunk's error is the one that is thrown.
  void chunks(size_t count, const std::function<void(size_t, size_t)>& body) const;

  const Problem& problem_;
  ForEach for_each_;
};

}  // namespace tailor::search
