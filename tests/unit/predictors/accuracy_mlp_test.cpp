// The ensemble of MLPs as an accuracy predictor.
#include "core/error.h"
#include "predictors/predictor.h"
#include "predictors/quality.h"
#include "tests/support/accuracy_samples.h"
#include "tests/support/catch.h"

using namespace tailor;
using namespace tailor::predict;

namespace {

std::unique_ptr<Predictor> mlp(const SearchSpace& space, const std::string& options = "") {
  return builtin_accuracy_predictors().create("mlp", ConfigNode::parse(options, "mlp.yaml"), space);
}

std::vector<double> values(const Predictor& predictor, const std::vector<Arch>& archs) {
  std::vector<Estimate> estimates(archs.size());
  predictor.estimate(archs, estimates);
  std::vector<double> out;
  for (const Estimate& e : estimates) out.push_back(e.value);
  return out;
}

}  // namespace

TEST_CASE("the MLP ranks unseen archs after 100 noisy ones") {
  const auto space = test::space_of(test::kMiddleMobileNet);
  const AccuracyTable seen = test::made_up_table(*space, 100, 0.003, 1);
  const AccuracyTable unseen = test::made_up_table(*space, 200, 0, 2);
  const auto predictor = mlp(*space);
  predictor->fit(seen.archs, seen.accuracy, Rng(5));
  CHECK(kendall_tau(values(*predictor, unseen.archs), unseen.accuracy) > 0.75);
}

TEST_CASE("another seed gives another ensemble, the members' disagreement is its uncertainty") {
  const auto space = test::space_of(test::kMiddleMobileNet);
  const AccuracyTable seen = test::made_up_table(*space, 40, 0.003, 1);
  const auto a = mlp(*space, "epochs: 30"), b = mlp(*space, "epochs: 30");
  a->fit(seen.archs, seen.accuracy, Rng(5));
  b->fit(seen.archs, seen.accuracy, Rng(6));
  CHECK(values(*a, seen.archs) != values(*b, seen.archs));
  Estimate estimate;
  a->estimate({&seen.archs[0], 1}, {&estimate, 1});
  CHECK(estimate.uncertainty > 0);
  CHECK(estimate.provenance == Provenance::fitted);
  const auto single = mlp(*space, "{epochs: 30, members: 1}");
  single->fit(seen.archs, seen.accuracy, Rng(5));
  single->estimate({&seen.archs[0], 1}, {&estimate, 1});
  CHECK(estimate.uncertainty == 0);
}

TEST_CASE("strong weight decay shrinks predictions towards the mean") {
  const auto space = test::space_of(test::kMiddleMobileNet);
  const AccuracyTable seen = test::made_up_table(*space, 40, 0.003, 1);
  const auto reach = [&](const std::string& options) {
    const auto predictor = mlp(*space, options);
    predictor->fit(seen.archs, seen.accuracy, Rng(5));
    const std::vector<double> out = values(*predictor, seen.archs);
    return *std::max_element(out.begin(), out.end()) - *std::min_element(out.begin(), out.end());
  };
  CHECK(reach("{epochs: 60, weight_decay: 200}") < 0.5 * reach("{epochs: 60, weight_decay: 0}"));
}

TEST_CASE("equal values are learned as that value") {
  const auto space = test::space_of(test::kTinyMobileNet);
  const std::vector<Arch> archs = space->enumerate();
  const auto predictor = mlp(*space, "epochs: 20");
  predictor->fit(archs, std::vector<double>(archs.size(), 0.75), Rng(1));
  for (double value : values(*predictor, archs)) CHECK(value == 0.75);
}

TEST_CASE("a network shape that differs from the tensors is refused") {
  const auto space = test::space_of(test::kTinyMobileNet);
  const std::vector<Arch> archs = space->enumerate();
  std::vector<double> y;
  for (size_t i = 0; i < archs.size(); ++i) y.push_back(0.5 + 0.001 * static_cast<double>(i));
  const auto predictor = mlp(*space, "{epochs: 3, hidden: [7, 5], members: 2}");
  predictor->fit(archs, y, Rng(1));
  const TensorFile good = predictor->to_file();
  const auto reader = mlp(*space);
  CHECK_NOTHROW(reader->from_file(good));
  CHECK(values(*reader, archs) == values(*predictor, archs));
  for (const std::string name : {"member1.layer0.weight", "member0.layer2.bias", "numbers",
                                 "hidden", "means", "member1.layer3.weight"}) {
    INFO(name);
    TensorFile file = good;
    file.tensors.at(name) = HostTensor::zeros(DType::f32, {3});
    CHECK_THROWS_AS(mlp(*space)->from_file(file), IoError);
    file.tensors.erase(name);
    CHECK_THROWS_AS(mlp(*space)->from_file(file), IoError);
  }
}

TEST_CASE("options are checked") {
  const auto space = test::space_of(test::kTinyMobileNet);
  CHECK_THROWS_AS(mlp(*space, "hidden: []"), ConfigError);
  CHECK_THROWS_AS(mlp(*space, "hidden: [0]"), ConfigError);
  CHECK_THROWS_AS(mlp(*space, "layers: 3"), ConfigError);
}
