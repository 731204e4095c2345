// Evaluated archs: what accuracy predictors learn from, and its CSV file.
#pragma once

#include <string>
#include <vector>

#include "supernet/space/search_space.h"

namespace tailor::predict {

/// One entry an arch; each arch once.
struct AccuracyTable {
  std::vector<Arch> archs;
  std::vector<double> accuracy;  ///< fraction in [0, 1]
  std::vector<double> loss;      ///< of the same evaluation; empty when it was not kept

  size_t size() const { return archs.size(); }
};

/// Columns `arch` (the space's text), `accuracy` and, where kept, `loss`.
std::string accuracy_csv(const SearchSpace& space, const AccuracyTable& table);
/// Atomic; see write_file.
void write_accuracy_csv(const SearchSpace& space, const AccuracyTable& table,
                        const std::string& path);

/// Other columns are ignored. Throws IoError naming file and line: a missing column, an arch that
/// is not of the space or given twice, an accuracy outside [0, 1], a loss that is not finite.
AccuracyTable parse_accuracy_csv(const SearchSpace& space, const std::string& text,
                                 const std::string& name);
AccuracyTable read_accuracy_csv(const SearchSpace& space, const std::string& path);

}  // namespace tailor::predict
