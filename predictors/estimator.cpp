// Words and small helpers for estimators.
#include "predictors/estimator.h"

#include "core/error.h"

namespace tailor {

std::string provenance_name(Provenance provenance) {
  switch (provenance) {
    case Provenance::measured:
      return "measured";
    case Provenance::fitted:
      return "fitted";
    case Provenance::interpolated:
      return "interpolated";
    case Provenance::borrowed:
      return "borrowed";
    case Provenance::analytic:
      return "analytic";
  }
  throw Error(str("no provenance has the number ", static_cast<int>(provenance)));
}

void FactorEstimator::estimate(std::span<const Arch> archs, std::span<Estimate> out) const {
  for (size_t i = 0; i < archs.size(); ++i) out[i] = {sum_(archs[i]), 0, provenance_};
}

double estimate_one(const Estimator& estimator, const Arch& arch) {
  Estimate out;
  estimator.estimate({&arch, 1}, {&out, 1});
  return out.value;
}

}  // namespace tailor
