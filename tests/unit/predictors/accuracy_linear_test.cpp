// The linear accuracy predictor. covers: predictors/predictor.cpp
#include <cmath>

#include "core/error.h"
#include "predictors/predictor.h"
#include "predictors/quality.h"
#include "tests/support/accuracy_samples.h"
#include "tests/support/error_text.h"
#include "tests/support/temp_dir.h"

#include "tests/support/catch.h"

using namespace tailor;
using namespace tailor::predict;
using tailor::test::error_text;

namespace {

std::unique_ptr<Predictor> linear(const SearchSpace& space) {
  return builtin_accuracy_predictors().create("linear", ConfigNode::empty("c.yaml"), space);
}

}  // namespace

TEST_CASE("linear: the estimate is its sum of tables, one axis a table") {
  const auto space = test::space_of(test::kMiddleMobileNet);
  const AccuracyTable seen = test::made_up_table(*space, 100, 0.003, 1);
  const auto predictor = linear(*space);
  CHECK_FALSE(predictor->factor_sum(nullptr));
  predictor->fit(seen.archs, seen.accuracy, Rng(5));
  const std::optional<FactorSum> sum = predictor->factor_sum(nullptr);
  REQUIRE(sum);
  for (const Factor& factor : sum->factors()) CHECK(factor.axes.size() == 1);
  for (const Arch& arch : test::made_up_table(*space, 50, 0, 2).archs) {
    CHECK(estimate_one(*predictor, arch) == (*sum)(arch));
  }
}

TEST_CASE("linear: ranks unseen archs, and learns a sum over choices nearly exactly") {
  const auto space = test::space_of(test::kMiddleMobileNet);
  const AccuracyTable seen = test::made_up_table(*space, 100, 0.003, 1);
  const AccuracyTable unseen = test::made_up_table(*space, 200, 0, 2);
  const auto predictor = linear(*space);
  predictor->fit(seen.archs, seen.accuracy, Rng(5));
  std::vector<double> predicted;
  for (const Arch& arch : unseen.archs) predicted.push_back(estimate_one(*predictor, arch));
  CHECK(kendall_tau(predicted, unseen.accuracy) > 0.7);

  const auto tiny = test::space_of(test::kTinyMobileNet);
  const std::vector<Arch> archs = tiny->enumerate();
  std::vector<double> values;
  for (const Arch& arch : archs) {
    values.push_back(0.8 + 0.01 * tiny->value(arch, "ks") + 0.02 * tiny->value(arch, "e", 1));
  }
  const auto exact = linear(*tiny);
  exact->fit(archs, values, Rng(1));
  for (size_t i = 0; i < archs.size(); ++i) {
    CHECK(estimate_one(*exact, archs[i]) == Approx(values[i]).margin(0.002));
  }
}

TEST_CASE("linear: written and read back it says the same to the bit") {
  const auto space = test::space_of(test::kMiddleMobileNet);
  const AccuracyTable seen = test::made_up_table(*space, 60, 0.003, 1);
  const auto predictor = linear(*space);
  predictor->fit(seen.archs, seen.accuracy, Rng(5));
  const test::TempDir dir;
  predictor->save(dir.file("p.safetensors"));
  const auto back = load_predictor(dir.file("p.safetensors"), *space);
  CHECK(back->kind() == "linear");
  for (const Arch& arch : seen.archs) {
    CHECK(estimate_one(*back, arch) == estimate_one(*predictor, arch));
  }
}

TEST_CASE("a predictor that has learned nothing, or is given too little, says so") {
  const auto space = test::space_of(test::kTinyMobileNet);
  const std::vector<Arch> archs = space->enumerate();
  for (const std::string& name : builtin_accuracy_predictors().names()) {
    INFO(name);
    const auto predictor =
        builtin_accuracy_predictors().create(name, ConfigNode::empty("c.yaml"), *space);
    CHECK(error_text<Error>([&] { estimate_one(*predictor, archs[0]); }).find("learned nothing") !=
          std::string::npos);
    CHECK_THROWS_AS(predictor->to_file(), Error);
    const std::vector<double> one = {0.5}, odd = {0.5, std::nan("")};
    CHECK(error_text<Error>([&] {
            predictor->fit({archs.data(), 1}, one, Rng(1));
          }).find("at least 2 archs") != std::string::npos);
    CHECK(error_text<Error>([&] {
            predictor->fit({archs.data(), 2}, odd, Rng(1));
          }).find("is nan") != std::string::npos);
  }
}
