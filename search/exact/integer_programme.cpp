// Columns and rows, handed to CBC's C interface.
#include "search/exact/integer_programme.h"

#include <coin/Cbc_C_Interface.h>

#include <cmath>
#include <map>
#include <memory>

namespace tailor::search::exact {
namespace {

/// Ranges of scaled objective and costs, so that CBC's absolute tolerances are small beside them.
constexpr double kObjectiveRange = 1e4, kCostRange = 1e3;

struct DeleteModel {
  void operator()(void* model) const { Cbc_deleteModel(model); }
};
using Model = std::unique_ptr<void, DeleteModel>;

/// Columns one after the other, as CBC takes them; minimised.
struct Matrix {
  std::vector<CoinBigIndex> starts = {0};
  std::vector<int> index;
  std::vector<double> element, objective, upper, row_low, row_high;

  /// Entries of the same row are added up.
  void add(const std::vector<std::pair<int, double>>& rows) {
    std::map<int, double> merged;
    for (const auto& [row, value] : rows) merged[row] += value;
    for (const auto& [row, value] : merged) {
      index.push_back(row);
      element.push_back(value);
    }
    starts.push_back(static_cast<CoinBigIndex>(index.size()));
  }
  Model load() const {
    Model model(Cbc_newModel());
    Cbc_setParameter(model.get(), "log", "0");
    const std::vector<double> lower(upper.size(), 0);
    Cbc_loadProblem(model.get(), static_cast<int>(upper.size()), static_cast<int>(row_low.size()),
                    starts.data(), index.data(), element.data(), lower.data(), upper.data(),
                    objective.data(), row_low.data(), row_high.data());
    return model;
  }
};

/// Every combination of one of each list; calls visit(combination).
template <class Visit>
void combine(const std::vector<std::vector<Code>>& lists, std::vector<Code>& chosen,
             const Visit& visit) {
  if (chosen.size() == lists.size()) return visit();
  for (const Code code : lists[chosen.size()]) {
    chosen.push_back(code);
    combine(lists, chosen, visit);
    chosen.pop_back();
  }
}

}  // namespace

IntegerProgramme::IntegerProgramme(const Terms& terms)
    : terms_(terms), scale_(terms.range[0] > 0 ? kObjectiveRange / terms.range[0] : 1) {
  for (size_t c = 0; c < terms.problem.costs.size(); ++c) {
    row_scale_.push_back(terms.range[1 + c] > 0 ? kCostRange / terms.range[1 + c] : 1);
    const double left = terms.problem.costs[c].limit - terms.constant[1 + c];
    add_row(-HUGE_VAL, left * row_scale_[c]);
  }
  add_axes();
  add_tables();
}

int IntegerProgramme::add_row(double low, double high) {
  rows_.push_back({low, high});
  return static_cast<int>(rows_.size()) - 1;
}

void IntegerProgramme::add_axes() {
  for (size_t axis = 0; axis < terms_.axes.size(); ++axis) {
    const int one = add_row(1, 1);
    std::vector<int>& own = code_.emplace_back(terms_.axes[axis].values.size() + 1, -1);
    const auto add = [&](Code code) {
      own[static_cast<size_t>(code)] = static_cast<int>(columns_.size());
      columns_.push_back({.objective = 0, .whole = true, .possible = true, .rows = {{one, 1.0}}});
    };
    if (terms_.axes[axis].parent >= 0) add(0);
    for (const Code code : terms_.open[axis]) add(code);
  }
  for (size_t axis = 0; axis < terms_.axes.size(); ++axis) {
    if (terms_.axes[axis].parent < 0) continue;
    const int row = add_row(0, 0);  // it does not matter exactly when its parent says so
    columns_[static_cast<size_t>(code_[axis][0])].rows.push_back({row, 1.0});
    const std::vector<int>& parent = code_[static_cast<size_t>(terms_.axes[axis].parent)];
    for (size_t code = 0; code < parent.size(); ++code) {
      const bool matters = code > 0 && terms_.axes[axis].active_when[code - 1];
      if (matters || parent[code] < 0) continue;
      columns_[static_cast<size_t>(parent[code])].rows.push_back({row, -1.0});
    }
  }
}

/// Adds a term's entry to what a column costs and brings.
void IntegerProgramme::price(Column& column, const Term& term, double value) const {
  if (!std::isfinite(value)) {
    column.possible = false;
  } else if (term.sum == 0) {
    column.objective += value * scale_;
  } else {
    column.rows.push_back({static_cast<int>(term.sum) - 1, value * row_scale_[term.sum - 1]});
  }
}

void IntegerProgramme::add_tables() {
  std::map<std::vector<size_t>, std::vector<const Term*>> by_axes;
  for (const Term& term : terms_.terms) {
    if (!term.axes.empty()) {
      by_axes[term.axes].push_back(&term);
      continue;
    }
    // A table over no axis holds for every arch.
    const double value = (*term.values)[0];
    if (term.sum > 0) rows_[term.sum - 1].high -= value * row_scale_[term.sum - 1];
  }
  for (const auto& [axes, same] : by_axes) add_table(same);
}

void IntegerProgramme::add_table(const std::vector<const Term*>& same) {
  const std::vector<size_t>& axes = same.front()->axes;
  std::vector<std::vector<Code>> lists;
  std::vector<std::vector<int>> marginal;  // [axis of the table][code]: row
  for (const size_t axis : axes) {
    std::vector<Code>& codes = lists.emplace_back();
    std::vector<int>& rows = marginal.emplace_back(code_[axis].size(), -1);
    for (size_t code = 0; code < rows.size(); ++code) {
      if (code_[axis][code] < 0) continue;
      codes.push_back(static_cast<Code>(code));
      if (axes.size() == 1) continue;
      rows[code] = add_row(0, 0);
      columns_[static_cast<size_t>(code_[axis][code])].rows.push_back({rows[code], -1.0});
    }
  }
  std::vector<Code> chosen;
  combine(lists, chosen, [&] {
    Column entry;
    Column& column =
        axes.size() > 1
            ? entry
            : columns_[static_cast<size_t>(code_[axes[0]][static_cast<size_t>(chosen[0])])];
    for (const Term* term : same) {
      size_t index = 0;
      for (size_t i = 0; i < axes.size(); ++i) {
        index += static_cast<size_t>(chosen[i]) * term->strides[i];
      }
      price(column, *term, (*term->values)[index]);
    }
    if (axes.size() == 1 || !column.possible) return;
    for (size_t i = 0; i < axes.size(); ++i) {
      entry.rows.push_back({marginal[i][static_cast<size_t>(chosen[i])], 1.0});
    }
    columns_.push_back(std::move(entry));
  });
}

void IntegerProgramme::keep_away(const Arch& arch, int64_t differ) {
  const auto same =
      static_cast<double>(arch.size()) - static_cast<double>(std::max<int64_t>(1, differ));
  const int row = add_row(-HUGE_VAL, same);
  const std::vector<Code> codes = Terms::codes(arch);
  for (size_t axis = 0; axis < codes.size(); ++axis) {
    const int column = code_[axis][static_cast<size_t>(codes[axis])];
    columns_[static_cast<size_t>(column)].rows.push_back({row, 1.0});
  }
}

/// What every arch has of the objective.
double IntegerProgramme::constant() const {
  double out = terms_.constant[0];
  for (const Term& term : terms_.terms) {
    if (term.axes.empty() && term.sum == 0) out += (*term.values)[0];
  }
  return out;
}

Arch IntegerProgramme::read(const double* solution) const {
  std::vector<Code> codes(terms_.axes.size(), 0);
  for (size_t axis = 0; axis < codes.size(); ++axis) {
    for (size_t code = 1; code < code_[axis].size(); ++code) {
      const int column = code_[axis][code];
      if (column >= 0 && solution[column] > 0.5) codes[axis] = static_cast<Code>(code);
    }
  }
  return terms_.arch(codes);
}

IntegerProgramme::Answer IntegerProgramme::solve(double seconds) const {
  Matrix m;
  for (const Column& column : columns_) {
    m.add(column.rows);
    m.objective.push_back(-column.objective);
    m.upper.push_back(column.possible ? 1 : 0);
  }
  for (const Row& row : rows_) {
    m.row_low.push_back(row.low);
    m.row_high.push_back(row.high);
  }
  const Model model = m.load();
  for (size_t c = 0; c < columns_.size(); ++c) {
    if (columns_[c].whole) Cbc_setInteger(model.get(), static_cast<int>(c));
  }
  if (seconds > 0) Cbc_setMaximumSeconds(model.get(), seconds);
  Cbc_solve(model.get());
  Answer out;
  const bool none = Cbc_isProvenInfeasible(model.get()) != 0;
  out.done = none || Cbc_isProvenOptimal(model.get()) != 0;
  if (!out.done && Cbc_isAbandoned(model.get())) throw Error("CBC gave up on numerical trouble");
  out.bound = constant() - Cbc_getBestPossibleObjValue(model.get()) / scale_;
  const double* solution = none ? nullptr : Cbc_bestSolution(model.get());
  if (solution) out.arch = read(solution);
  return out;
}

}  // namespace tailor::search::exact
