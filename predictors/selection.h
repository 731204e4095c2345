// Which accuracy predictor to believe: every registered one is cross-validated, the best refitted.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/rng.h"
#include "predictors/accuracy_table.h"
#include "predictors/predictor.h"
#include "predictors/quality.h"

namespace tailor::predict {

struct SelectionOptions {
  int64_t folds = 5;
  std::vector<std::string> predictors;  ///< names to try; empty: all

  /// The keys `folds` and `predictors`; does not finish the section.
  static SelectionOptions read(const ConfigNode& config, const PredictorRegistry& registry);
};

struct SelectionRow {
  std::string name;
  Quality quality;                  ///< of the out-of-fold predictions
  std::vector<double> out_of_fold;  ///< in the table's order, each from a fit that had not seen it
};

struct Selection {
  std::string name;                      ///< the best
  std::unique_ptr<Predictor> predictor;  ///< refitted on everything
  std::vector<SelectionRow> rows;        ///< in the order tried

  const SelectionRow& best() const;
  /// fit/quality.yaml: format version, metric, folds, the choice, each predictor's figures.
  std::string quality_yaml(int64_t folds) const;
};

/// The largest out-of-fold Kendall tau wins, on a tie the least RMSE. A predictor's options are its
/// section in `config`, by name. The same rng gives the same selection.
/// Throws Error with fewer archs than folds, UnknownNameError.
Selection select_accuracy_predictor(const PredictorRegistry& registry, const SearchSpace& space,
                                    const AccuracyTable& table, const ConfigNode& config,
                                    const SelectionOptions& options, const Rng& rng);

}  // namespace tailor::predict
