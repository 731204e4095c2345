// Accuracy as a linear function of an arch's features: quick, hard to mislead, good with few archs.
#include <limits>
#include <memory>

#include "predictors/feature_predictor.h"
#include "predictors/ridge.h"

namespace tailor::predict {
namespace {

/// Strengths tried, from almost none to almost only the mean (features lie in [0, 1]).
std::vector<double> lambda_grid() {
  std::vector<double> out;
  for (double lambda = 1e-4; lambda < 1.5e3; lambda *= 2.15443469) out.push_back(lambda);
  return out;
}

/// How readily single choices and single slots are believed, next to what groups have in common.
struct Trust {
  double choices, slots;
};
constexpr Trust kTrusts[] = {{0, 0.3},   {0, 1},   {0.1, 0.3}, {0.1, 1},
                             {0.3, 0.3}, {0.3, 1}, {1, 1}};

class AccuracyRidge : public FeaturePredictor {
 public:
  explicit AccuracyRidge(const SearchSpace& space) : FeaturePredictor(space) {}

  std::string kind() const override { return "ridge"; }

 protected:
  void fit_features(const std::vector<double>& x, std::span<const double> values,
                    const Rng&) override {
    const std::vector<double> lambdas = lambda_grid();
    model_.loo_rmse = std::numeric_limits<double>::infinity();
    for (const Trust& trust : kTrusts) {
      std::vector<double> scales(features().size(), 1);
      fill_part(scales, 0, trust.choices);
      fill_part(scales, 1, trust.slots);
      LinearModel model = fit_ridge(x, values, scales, lambdas);
      if (model.loo_rmse < model_.loo_rmse) model_ = std::move(model);
    }
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
  void fill_part(std::vector<double>& scales, size_t part, double scale) const {
    const ArchFeatures::Part& p = features().parts()[part];
    for (size_t i = p.begin; i < p.end; ++i) scales[i] = scale;
  }

  LinearModel model_;
};

}  // namespace

PredictorRegistry::Factory make_accuracy_ridge;

std::unique_ptr<Predictor> make_accuracy_ridge(const ConfigNode& config, const SearchSpace& space) {
  config.finish();
  return std::make_unique<AccuracyRidge>(space);
}

}  // namespace tailor::predict
