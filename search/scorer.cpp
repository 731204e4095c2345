// Chunked look-ups.
#include "search/scorer.h"

#include <algorithm>
#include <cmath>
#include <exception>
#include <utility>

#include "core/error.h"

namespace tailor::search {

Scorer::Scorer(const Problem& problem, ForEach for_each)
    : problem_(problem), for_each_(std::move(for_each)) {}

void Scorer::chunks(size_t count, const std::function<void(size_t, size_t)>& body) const {
  const size_t n = (count + kChunk - 1) / kChunk;
  std::vector<std::exception_ptr> errors(n);
  for_each_(n, [&](size_t k) {
    try {
      body(k * kChunk, std::min(count, (k + 1) * kChunk));
    } catch (...) {  // kept and thrown below: which error is seen must not depend on threads
      errors[k] = std::current_exception();
    }
  });
  for (const std::exception_ptr& error : errors) {
    if (error) std::rethrow_exception(error);
  }
}

std::vector<double> Scorer::values(const Estimator& estimator, std::span<const Arch> archs) const {
  std::vector<double> out(archs.size());
  chunks(archs.size(), [&](size_t begin, size_t end) {
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
  chunks(archs.size(), [&](size_t begin, size_t end) {
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
