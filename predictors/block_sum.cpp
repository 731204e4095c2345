// Tables from places.
#include "predictors/block_sum.h"

#include <cmath>
#include <utility>

namespace tailor::predict {

FactorSum sum_over_places(const SearchSpace& space, const std::vector<BlockPlace>& places,
                          double constant, const BlockValue& value) {
  std::vector<Factor> factors;
  for (size_t p = 0; p < places.size(); ++p) {
    Factor& factor = factors.emplace_back();
    factor.axes = places[p].axes;
    for (const auto& choice : places[p].choices) {
      double entry = std::nan("");
      if (choice) entry = choice->block ? value(p, *choice) : 0;
      factor.values.push_back(entry);
    }
  }
  return {space, constant, std::move(factors)};
}

}  // namespace tailor::predict
