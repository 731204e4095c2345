// Accuracy as a sum of what each choice adds by itself, so that it can be searched exactly.
#include <memory>
#include <utility>

#include "core/error.h"
#include "predictors/features.h"
#include "predictors/part_scales.h"
#include "predictors/predictor.h"
#include "predictors/predictor_file.h"
#include "predictors/ridge.h"

namespace tailor::predict {
namespace {

/// Ridge over two parts: every choice, and where it lies between its axis's ends; each part is
/// weighted by its evidence.
class AccuracyLinear : public Predictor {
 public:
  explicit AccuracyLinear(const SearchSpace& space) : space_(space) {
    for (const Axis& axis : space.axes()) begins_.push_back(begins_.back() + axis.values.size());
  }

  std::string kind() const override { return "linear"; }
  std::string metric() const override { return "accuracy"; }

  void fit(std::span<const Arch> archs, std::span<const double> values, const Rng&) override {
    check_samples(space_, archs, values);
    const size_t choices = begins_.back(), width = choices + space_.axes().size();
    std::vector<double> x(archs.size() * width);
    for (size_t i = 0; i < archs.size(); ++i) {
      for (size_t a = 0; a < space_.axes().size(); ++a) {
        if (!archs[i].active(a)) continue;
        const auto choice = static_cast<size_t>(archs[i][a]);
        x[i * width + begins_[a] + choice] = 1;
        x[i * width + choices + a] = axis_position(space_.axes()[a], choice);
      }
    }
    const std::vector<std::pair<size_t, size_t>> parts = {{0, choices}, {choices, width}};
    const PartScales found = part_scales(x, values, parts);
    const LinearModel model = fit_ridge(x, values, found.scales, std::vector<double>{found.lambda});
    std::vector<double> added;
    for (size_t a = 0; a < space_.axes().size(); ++a) {
      const Axis& axis = space_.axes()[a];
      for (size_t c = 0; c < axis.values.size(); ++c) {
        added.push_back(model.weights[begins_[a] + c] +
                        model.weights[choices + a] * axis_position(axis, c));
      }
    }
    set(model.bias, std::move(added), model.loo_rmse);
  }

  void estimate(std::span<const Arch> archs, std::span<Estimate> out) const override {
    if (!sum_) throw Error("predictor 'linear' has learned nothing; fit or load it");
    TAILOR_CHECK(archs.size() == out.size(), archs.size(), " archs, room for ", out.size());
    for (size_t i = 0; i < archs.size(); ++i) {
      out[i] = {(*sum_)(archs[i]), error_, Provenance::fitted};
    }
  }

  std::optional<FactorSum> factor_sum(const Restriction*) const override { return sum_; }

  TensorFile to_file() const override {
    if (!sum_) throw Error("predictor 'linear' has learned nothing that can be saved");
    TensorFile file = predictor_file(*this, space_);
    file.tensors["added"] = to_tensor(added_);
    file.tensors["numbers"] = to_tensor({sum_->constant(), error_});
    return file;
  }

  void from_file(const TensorFile& file) override {
    check_predictor_file(file, *this, space_);
    const std::vector<double> numbers = from_tensor(file, "numbers", 2);
    set(numbers[0], from_tensor(file, "added", begins_.back()), numbers[1]);
  }

 private:
  void set(double constant, std::vector<double> added, double error) {
    std::vector<Factor> factors;
    for (size_t a = 0; a < space_.axes().size(); ++a) {
      Factor& factor = factors.emplace_back(Factor{{a}, {0}});  // 0 where it does not matter
      const auto own = added.begin() + static_cast<ptrdiff_t>(begins_[a]);
      factor.values.insert(factor.values.end(), own,
                           own + static_cast<ptrdiff_t>(space_.axes()[a].values.size()));
    }
    sum_.emplace(space_, constant, std::move(factors));
    added_ = std::move(added);
    error_ = error;
  }

  const SearchSpace& space_;
  std::vector<size_t> begins_ = {0};  // of each axis's choices among all, and the end
  std::vector<double> added_;         // by choice
  double error_ = 0;                  // leave-one-out
  std::optional<FactorSum> sum_;
};

}  // namespace

PredictorRegistry::Factory make_accuracy_linear;

std::unique_ptr<Predictor> make_accuracy_linear(const ConfigNode& config,
                                                const SearchSpace& space) {
  config.finish();
  return std::make_unique<AccuracyLinear>(space);
}

}  // namespace tailor::predict
