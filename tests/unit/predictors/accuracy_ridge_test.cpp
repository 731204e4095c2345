// The ridge as an accuracy predictor.
#include "core/error.h"
#include "predictors/predictor.h"
#include "predictors/quality.h"
#include "tests/support/accuracy_samples.h"
#include "tests/support/catch.h"

using namespace tailor;
using namespace tailor::predict;

namespace {

std::unique_ptr<Predictor> ridge(const SearchSpace& space) {
  return builtin_accuracy_predictors().create("ridge", ConfigNode::empty("ridge.yaml"), space);
}

}  // namespace

TEST_CASE("the ridge ranks unseen archs after 100 noisy ones") {
  const auto space = test::space_of(test::kMiddleMobileNet);
  const AccuracyTable seen = test::made_up_table(*space, 100, 0.003, 1);
  const AccuracyTable unseen = test::made_up_table(*space, 200, 0, 2);
  const auto predictor = ridge(*space);
  predictor->fit(seen.archs, seen.accuracy, Rng(5));
  std::vector<double> predicted;
  for (const Arch& arch : unseen.archs) predicted.push_back(estimate_one(*predictor, arch));
  CHECK(kendall_tau(predicted, unseen.accuracy) > 0.75);
}

TEST_CASE("a function of the choices alone is learned nearly exactly without noise") {
  const auto space = test::space_of(test::kTinyMobileNet);
  const std::vector<Arch> archs = space->enumerate();
  std::vector<double> values;
  for (const Arch& arch : archs) {
    values.push_back(0.8 + 0.01 * space->value(arch, "ks") + 0.02 * space->value(arch, "e", 1));
  }
  const auto predictor = ridge(*space);
  predictor->fit(archs, values, Rng(1));
  for (size_t i = 0; i < archs.size(); ++i) {
    CHECK(estimate_one(*predictor, archs[i]) == Approx(values[i]).margin(0.002));
  }
}

TEST_CASE("the stated uncertainty is about the error on unseen archs") {
  const auto space = test::space_of(test::kMiddleMobileNet);
  const AccuracyTable seen = test::made_up_table(*space, 100, 0.003, 1);
  const AccuracyTable unseen = test::made_up_table(*space, 200, 0.003, 2);
  const auto predictor = ridge(*space);
  predictor->fit(seen.archs, seen.accuracy, Rng(5));
  std::vector<Estimate> estimates(unseen.size());
  predictor->estimate(unseen.archs, estimates);
  double squares = 0;
  for (size_t i = 0; i < unseen.size(); ++i) {
    squares += std::pow(estimates[i].value - unseen.accuracy[i], 2);
  }
  const double rmse = std::sqrt(squares / static_cast<double>(unseen.size()));
  CHECK(estimates[0].uncertainty > 0.6 * rmse);
  CHECK(estimates[0].uncertainty < 1.6 * rmse);
}

TEST_CASE("a file of another length is refused") {
  const auto space = test::space_of(test::kTinyMobileNet);
  const auto predictor = ridge(*space);
  const std::vector<Arch> archs = {space->smallest(), space->largest()};
  predictor->fit(archs, std::vector<double>{0.5, 0.7}, Rng(1));
  TensorFile file = predictor->to_file();
  file.tensors.at("weights") = HostTensor::zeros(DType::f64, {3});
  CHECK_THROWS_WITH(ridge(*space)->from_file(file),
                    Catch::Contains("tensor 'weights' must be F64"));
}
