// The mean of a figure over networks whose slots are drawn by themselves, and its gradient.
#pragma once

#include <string>
#include <vector>

#include "predictors/estimator.h"
#include "trainers/gradient/slots.h"

namespace tailor::train {

/// Exact: a sum of tables has a mean table by table.
/// Source: ProxylessNAS (Cai et al., ICLR 2019), section 3.3, equation 2, for one slot a table.
class ExpectedValue {
 public:
  /// slots: outlives this. metric: for messages. Throws Error naming the first options that have
  /// no value (a block that a table lacks).
  ExpectedValue(const Slots& slots, const FactorSum& sum, const std::string& metric);

  /// probabilities: each slot's add up to 1. gradient, where given: d mean / d probability is
  /// added to it.
  double operator()(const SlotValues& probabilities, SlotValues* gradient = nullptr) const;

 private:
  struct Table {
    SlotTable table;
    std::vector<double> values;  // one a combination
  };
  void add_factor(const Factor& factor, const std::string& metric);

  const Slots& slots_;
  double constant_;
  std::vector<Table> tables_;
};

}  // namespace tailor::train
