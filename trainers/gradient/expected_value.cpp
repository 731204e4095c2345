// Tables over axes become tables over slots.
#include "trainers/gradient/expected_value.h"

#include <cmath>

#include "core/error.h"

namespace tailor::train {

ExpectedValue::ExpectedValue(const Slots& slots, const FactorSum& sum, const std::string& metric)
    : slots_(slots), constant_(sum.constant()) {
  for (const Factor& factor : sum.factors()) add_factor(factor, metric);
}

void ExpectedValue::add_factor(const Factor& factor, const std::string& metric) {
  SlotTable table = slots_.table(factor.axes);
  std::vector<double> values;
  for_each_combination(slots_, table, [&](size_t k, const std::vector<size_t>& options) {
    values.push_back(factor.values[table.entries[k]]);
    if (std::isfinite(values.back())) return;
    std::vector<std::string> where;
    for (size_t i = 0; i < options.size(); ++i) {
      where.push_back(slots_[table.slots[i]].name + " " +
                      slots_.option_text(table.slots[i], options[i]));
    }
    throw Error(str("no ", metric, " for ", join(where, ", "), " of '", slots_.space().name(),
                    "': the table lacks a block that the search may choose"));
  });
  for (Table& known : tables_) {
    if (known.table.slots != table.slots) continue;
    for (size_t k = 0; k < values.size(); ++k) known.values[k] += values[k];
    return;
  }
  tables_.push_back({std::move(table), std::move(values)});
}

double ExpectedValue::operator()(const SlotValues& probabilities, SlotValues* gradient) const {
  double mean = constant_;
  for (const Table& t : tables_) {
    for_each_combination(slots_, t.table, [&](size_t k, const std::vector<size_t>& options) {
      double chance = 1;
      for (size_t i = 0; i < options.size(); ++i) {
        chance *= probabilities[t.table.slots[i]][options[i]];
      }
      mean += chance * t.values[k];
      if (!gradient) return;
      for (size_t i = 0; i < options.size(); ++i) {
        double others = 1;
        for (size_t j = 0; j < options.size(); ++j) {
          if (j != i) others *= probabilities[t.table.slots[j]][options[j]];
        }
        (*gradient)[t.table.slots[i]][options[i]] += others * t.values[k];
      }
    });
  }
  return mean;
}

}  // namespace tailor::train
