// What all predictors over features check.
#include "predictors/feature_predictor.h"

#include <cmath>

#include "core/error.h"
#include "tests/support/accuracy_samples.h"
#include "tests/support/catch.h"

using namespace tailor;
using namespace tailor::predict;

namespace {

std::unique_ptr<Predictor> ridge(const SearchSpace& space) {
  return builtin_accuracy_predictors().create("ridge", ConfigNode::empty("c"), space);
}

}  // namespace

TEST_CASE("nothing is estimated or saved before something was learned") {
  const auto space = test::space_of(test::kTinyMobileNet);
  CHECK_THROWS_WITH(estimate_one(*ridge(*space), space->smallest()),
                    Catch::Contains("has learned nothing"));
  CHECK_THROWS_AS(ridge(*space)->to_file(), Error);
}

TEST_CASE("pairs that cannot be learned from are refused") {
  const auto space = test::space_of(test::kTinyMobileNet);
  const auto predictor = ridge(*space);
  const std::vector<Arch> archs = {space->smallest(), space->largest()};
  CHECK_THROWS_AS(predictor->fit(archs, std::vector<double>{0.5}, Rng(1)), Error);
  CHECK_THROWS_AS(predictor->fit({archs.data(), 1}, std::vector<double>{0.5}, Rng(1)), Error);
  CHECK_THROWS_WITH(predictor->fit(archs, std::vector<double>{0.5, std::nan("")}, Rng(1)),
                    Catch::Contains(space->print(archs[1]) + " is nan"));
}

TEST_CASE("large batches, on all threads, give what single calls give") {
  const auto space = test::space_of(test::kMiddleMobileNet);
  const AccuracyTable table = test::made_up_table(*space, 300, 0.003, 4);
  const auto predictor = ridge(*space);
  predictor->fit(table.archs, table.accuracy, Rng(1));
  std::vector<Estimate> out(table.size());
  predictor->estimate(table.archs, out);
  for (size_t i = 0; i < table.size(); ++i) {
    CHECK(out[i].value == estimate_one(*predictor, table.archs[i]));
  }
}

TEST_CASE("a file of another space, kind or version is refused") {
  const auto tiny = test::space_of(test::kTinyMobileNet);
  const auto other = test::space_of(test::kTinyResNet);
  const auto predictor = ridge(*tiny);
  const std::vector<Arch> archs = {tiny->smallest(), tiny->largest()};
  predictor->fit(archs, std::vector<double>{0.5, 0.7}, Rng(1));
  const TensorFile file = predictor->to_file();
  CHECK_THROWS_WITH(ridge(*other)->from_file(file), Catch::Contains("space 'tiny_res'"));
  for (const std::string field : {"format", "format_version", "kind", "metric"}) {
    TensorFile changed = file;
    changed.metadata[field] = "x";
    CHECK_THROWS_WITH(ridge(*tiny)->from_file(changed), Catch::Contains(field + " must be '"));
    changed.metadata.erase(field);
    CHECK_THROWS_AS(ridge(*tiny)->from_file(changed), IoError);
  }
}

TEST_CASE("tensors keep doubles to the bit and refuse what is not finite") {
  TensorFile file;
  file.tensors["x"] = to_tensor({1.0 / 3, -2e-300, 0});
  CHECK(from_tensor(file, "x", 3) == std::vector<double>{1.0 / 3, -2e-300, 0});
  CHECK_THROWS_AS(from_tensor(file, "x", 2), IoError);
  CHECK_THROWS_AS(from_tensor(file, "y", 3), IoError);
  file.tensors["x"] = to_tensor({std::nan("")});
  CHECK_THROWS_AS(from_tensor(file, "x", 1), IoError);
}
