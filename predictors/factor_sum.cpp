// Flat arrays behind a sum of tables.
#include "predictors/factor_sum.h"

#include <utility>

#include "core/error.h"

namespace tailor {

FactorSum::FactorSum(const SearchSpace& space, double constant, std::vector<Factor> factors)
    : constant_(constant), factors_(std::move(factors)), begins_{0} {
  for (const Factor& factor : factors_) {
    TAILOR_CHECK(factor.values.size() == entries(space, factor.axes), "a factor over ",
                 factor.axes.size(), " axes has ", factor.values.size(), " values, not ",
                 entries(space, factor.axes));
    size_t stride = factor.values.size();
    for (size_t i = 0; i < factor.axes.size(); ++i) {
      const size_t axis = factor.axes[i];
      TAILOR_CHECK(i == 0 || axis > factor.axes[i - 1], "axes of a factor must rise");
      stride /= space.axes()[axis].values.size() + 1;
      steps_.push_back({static_cast<uint32_t>(axis), static_cast<uint32_t>(stride)});
    }
    begins_.push_back(static_cast<uint32_t>(steps_.size()));
    offsets_.push_back(static_cast<uint32_t>(values_.size()));
    values_.insert(values_.end(), factor.values.begin(), factor.values.end());
  }
}

size_t FactorSum::entries(const SearchSpace& space, const std::vector<size_t>& axes) {
  size_t count = 1;
  for (const size_t axis : axes) {
    TAILOR_CHECK(axis < space.axes().size(), "no axis ", axis, " in '", space.name(), "'");
    count *= space.axes()[axis].values.size() + 1;
    TAILOR_CHECK(count < (size_t{1} << 31), "a factor over ", axes.size(), " axes is too large");
  }
  return count;
}

size_t FactorSum::entry(size_t f, const Arch& arch) const {
  size_t index = 0;
  for (uint32_t s = begins_[f]; s < begins_[f + 1]; ++s) {
    index += static_cast<size_t>(arch[steps_[s].axis] + 1) * steps_[s].stride;
  }
  return index;
}

double FactorSum::operator()(const Arch& arch) const {
  const int8_t* choices = arch.choices().data();
  const Step* step = steps_.data();
  double sum = constant_;
  for (size_t f = 0; f < offsets_.size(); ++f) {
    size_t index = offsets_[f];
    for (const Step* end = steps_.data() + begins_[f + 1]; step != end; ++step) {
      index += static_cast<size_t>(choices[step->axis] + 1) * step->stride;
    }
    sum += values_[index];
  }
  return sum;
}

}  // namespace tailor
