// What a search by gradient has learned: a probability for every option of every slot, as a file
// and as an estimator that is a sum of tables, so that exact search derives the likeliest network
// that keeps the limits.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "predictors/estimator.h"
#include "supernet/space/search_space.h"

namespace tailor::predict {

/// Options are combinations of choices of a few axes, given that these axes matter.
struct LearnedSlot {
  std::string name;
  std::vector<size_t> axes;                  ///< rising
  std::vector<std::vector<int8_t>> options;  ///< [option][axis]: a choice, or Arch::kInactive
  std::vector<double> log_probabilities;     ///< of each option
};

struct LearnedChoices {
  static constexpr int64_t kFormatVersion = 1;
  static constexpr const char* kMetric = "log_probability";

  std::vector<LearnedSlot> slots;

  /// Of an arch: the sum over the slots that matter. Archs with a choice that no option holds, or
  /// that differ from `base` on an axis without a slot, have none (NaN).
  /// base: an arch of the search, for the axes without a slot.
  std::unique_ptr<Estimator> estimator(const SearchSpace& space) const;

  Arch base;

  std::string text(const SearchSpace& space) const;
  /// Throws ConfigError with the place, IoError.
  static LearnedChoices load(const SearchSpace& space, const std::string& path);
};

}  // namespace tailor::predict
