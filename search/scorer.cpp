// Chunked look-ups.
#include "search/scorer.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/error.h"

namespace tailor::search {

Scorer::Scorer(const Problem& problem, ForEach for_each)
    : problem_(problem), for_each_(std::move(for_each)) {}

std::vector<double> Scorer::values(const Estimator& estimator, std::span<const Arch> archs) const {
  std::vector<double> out(archs.size());
  in_parts(for_each_, archs.size(), kChunk, [&](size_t begin, size_t end) {
    std::vector<Estimate> estimates(end - begin);
    estimator.estimate(archs.subspan(begin, end - begin), estimates);
    for (size_t i = begin; i < end; ++i) {
      out[i] = estimates[i - begin].value;
      if (std::isfinite(out[i])) continue;
      throw Error(str("the estimator of ", estimator.metric(), " gave ", out[i], " for '",
                      problem_.space.print(archs[i]), "'"));
    }
  });
  return out;
}

std::vector<double> Scorer::constraint_values(std::span<const Arch> archs) const {
  const size_t width = problem_.constraints.size();
  std::vector<double> out(archs.size() * width);
  if (width == 0) return out;
  in_parts(for_each_, archs.size(), kChunk, [&](size_t begin, size_t end) {
    const std::vector<double> part =
        search::constraint_values(problem_.constraints, archs.subspan(begin, end - begin));
    std::copy(part.begin(), part.end(), out.begin() + static_cast<ptrdiff_t>(begin * width));
  });
  return out;
}

void Scorer::violations(std::span<const Arch> archs, std::span<double> out) const {
  TAILOR_CHECK(out.size() == archs.size(), "one violation per arch");
  const std::vector<double> values = constraint_values(archs);
  const size_t width = problem_.constraints.size();
  for (size_t i = 0; i < archs.size(); ++i) {
    out[i] = violation(problem_.constraints, std::span(values).subspan(i * width, width));
  }
}

}  // namespace tailor::search
