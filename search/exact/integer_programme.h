// The same problem as a mixed-integer linear programme, for several limits and for spaces that do
// not come apart; solved by CBC (Forrest and others, COIN-OR branch and cut).
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "search/exact/terms.h"

namespace tailor::search::exact {

/// One binary a code of an axis; one variable in [0, 1] an entry of a table over several axes, tied
/// to the codes by marginals: where the codes are whole, so are the entries. An axis matters
/// exactly where its parent's code says so. CBC works in doubles with tolerances: rows may be
/// broken by 1e-7 after scaling (relative 1e-10 of a cost's size), and of two objectives closer
/// than 1e-9 of the objective's range either may be called the best. So what it returns has to be
/// checked; `keep_away` cuts an arch off.
class IntegerProgramme {
 public:
  /// terms outlive it.
  explicit IntegerProgramme(const Terms& terms);

  /// Only archs that differ from this one in at least `differ` codes (1: any other).
  void keep_away(const Arch& arch, int64_t differ);

  struct Answer {
    std::optional<Arch> arch;  ///< the best found
    double bound = 0;          ///< on the objective of every arch that is left
    bool done = false;         ///< the arch is the best, or there is none
  };
  /// seconds: 0 for no limit. Throws Error when CBC fails.
  Answer solve(double seconds) const;

 private:
  struct Column {
    double objective = 0;
    bool whole = false, possible = true;
    std::vector<std::pair<int, double>> rows;
  };
  struct Row {
    double low = 0, high = 0;
  };

  int add_row(double low, double high);
  void add_axes();
  void add_tables();
  void add_table(const std::vector<const Term*>& same);
  void price(Column& column, const Term& term, double value) const;
  double constant() const;
  Arch read(const double* solution) const;

  const Terms& terms_;
  double scale_;                   // of the objective
  std::vector<double> row_scale_;  // [cost]
  std::vector<Column> columns_;
  std::vector<Row> rows_;               // the costs' first
  std::vector<std::vector<int>> code_;  // [axis][code]: column, or -1
};

}  // namespace tailor::search::exact
