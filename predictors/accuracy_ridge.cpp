// Accuracy as a linear function of an arch's features, each part of them weighted by its evidence:
// quick, hard to mislead, good with few archs.
#include <memory>
#include <utility>

#include "predictors/feature_predictor.h"
#include "predictors/part_scales.h"
#include "predictors/ridge.h"

namespace tailor::predict {
namespace {

class AccuracyRidge : public FeaturePredictor {
 public:
  explicit AccuracyRidge(const SearchSpace& space) : FeaturePredictor(space) {}

  std::string kind() const override { return "ridge"; }

 protected:
  void fit_features(const std::vector<double>& x, std::span<const double> values,
                    const Rng&) override {
    std::vector<std::pair<size_t, size_t>> parts;
    for (const ArchFeatures::Part& part : features().parts()) {
      parts.emplace_back(part.begin, part.end);
    }
    const PartScales found = part_scales(x, values, parts);
    model_ = fit_ridge(x, values, found.scales, std::vector<double>{found.lambda});
  }

  Estimate score(std::span<const double> x) const override {
    return {model_(x), model_.loo_rmse, Provenance::fitted};
  }

  void write_tensors(TensorFile& file) const override {
    file.tensors["weights"] = to_tensor(model_.weights);
    file.tensors["numbers"] = to_tensor({model_.bias, model_.lambda, model_.loo_rmse});
  }

  void read_tensors(const TensorFile& file) override {
    const std::vector<double> numbers = from_tensor(file, "numbers", 3);
    model_ = {numbers[0], from_tensor(file, "weights", features().size()), numbers[1], numbers[2]};
  }

 private:
  LinearModel model_;
};

}  // namespace

PredictorRegistry::Factory make_accuracy_ridge;

std::unique_ptr<Predictor> make_accuracy_ridge(const ConfigNode& config, const SearchSpace& space) {
  config.finish();
  return std::make_unique<AccuracyRidge>(space);
}

}  // namespace tailor::predict
