// Choosing the accuracy predictor.
#include "predictors/selection.h"

#include "core/error.h"
#include "core/interrupt.h"

namespace tailor::predict {
namespace {

constexpr int64_t kFormatVersion = 1;

std::vector<double> fold_values(Predictor& predictor, const AccuracyTable& table,
                                std::span<const size_t> train, std::span<const size_t> test,
                                const Rng& rng) {
  std::vector<Arch> known, unknown;
  std::vector<double> values;
  for (size_t i : train) {
    known.push_back(table.archs[i]);
    values.push_back(table.accuracy[i]);
  }
  for (size_t i : test) unknown.push_back(table.archs[i]);
  predictor.fit(known, values, rng);
  std::vector<Estimate> estimates(unknown.size());
  predictor.estimate(unknown, estimates);
  std::vector<double> out;
  for (const Estimate& estimate : estimates) out.push_back(estimate.value);
  return out;
}

bool better(const Quality& a, const Quality& b) {
  if (a.kendall_tau != b.kendall_tau) return a.kendall_tau > b.kendall_tau;
  return a.rmse < b.rmse;
}

}  // namespace

SelectionOptions SelectionOptions::read(const ConfigNode& config,
                                        const PredictorRegistry& registry) {
  SelectionOptions o;
  config.read("folds", o.folds, {.min = 2, .max = 1000, .doc = "of the cross-validation"});
  config.read("predictors", o.predictors,
              {.choices = registry.names(), .doc = "accuracy predictors to try; none: all"});
  return o;
}

const SelectionRow& Selection::best() const {
  for (const SelectionRow& row : rows) {
    if (row.name == name) return row;
  }
  throw Error(str("no predictor '", name, "' was tried"));
}

std::string Selection::quality_yaml(int64_t folds) const {
  std::string out = str("format_version: ", kFormatVersion, "\nmetric: accuracy\nfolds: ", folds,
                        "\nchosen: ", name, "\npredictors:\n");
  for (const SelectionRow& row : rows) {
    out += str("  ", row.name, ":\n", predict::quality_yaml(row.quality, 4));
  }
  return out;
}

Selection select_accuracy_predictor(const PredictorRegistry& registry, const SearchSpace& space,
                                    const AccuracyTable& table, const ConfigNode& config,
                                    const SelectionOptions& options, const Rng& rng) {
  const std::vector<std::string> names =
      options.predictors.empty() ? registry.names() : options.predictors;
  if (table.size() < static_cast<size_t>(options.folds)) {
    throw Error(str("choosing an accuracy predictor by ", options.folds, " folds takes at least ",
                    options.folds, " evaluated archs, got ", table.size()));
  }
  Selection out;
  const SelectionRow* best = nullptr;
  out.rows.reserve(names.size());
  for (const std::string& name : names) {
    const ConfigNode section = config.child(name, "options of the accuracy predictor " + name);
    SelectionRow row{name, {}, {}};
    row.out_of_fold = cross_validate(
        table.size(), options.folds, rng,
        [&](std::span<const size_t> train, std::span<const size_t> test) {
          throw_if_interrupted();
          return fold_values(*registry.create(name, section, space), table, train, test, rng);
        });
    row.quality = quality(row.out_of_fold, table.accuracy);
    out.rows.push_back(std::move(row));
    if (!best || better(out.rows.back().quality, best->quality)) best = &out.rows.back();
  }
  TAILOR_CHECK(best, "no accuracy predictor to try");
  out.name = best->name;
  out.predictor = registry.create(out.name, config.child(out.name), space);
  out.predictor->fit(table.archs, table.accuracy, rng);
  return out;
}

}  // namespace tailor::predict
