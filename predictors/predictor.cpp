// Checks that every predictor makes.
#include "predictors/predictor.h"

#include <cmath>

#include "core/error.h"

namespace tailor::predict {

void Predictor::check_samples(const SearchSpace& space, std::span<const Arch> archs,
                              std::span<const double> values) const {
  if (archs.size() != values.size() || archs.size() < 2) {
    throw Error(str("predictor '", kind(), "' learns from at least 2 archs with a value each, got ",
                    archs.size(), " archs and ", values.size(), " values"));
  }
  for (size_t i = 0; i < archs.size(); ++i) {
    if (std::isfinite(values[i])) continue;
    throw Error(
        str("predictor '", kind(), "': the value of ", space.print(archs[i]), " is ", values[i]));
  }
}

}  // namespace tailor::predict
