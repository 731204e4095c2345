// The list of predictors, and files whose kind is read from them.
#include "core/error.h"
#include "predictors/predictor.h"
#include "tests/support/catch.h"
#include "tests/support/error_text.h"
#include "tests/support/spaces.h"
#include "tests/support/temp_dir.h"

using namespace tailor;
using namespace tailor::predict;

TEST_CASE("ridge and MLP are in the list") {
  CHECK(builtin_accuracy_predictors().names() ==
        std::vector<std::string>{"linear", "mlp", "ridge"});
}

TEST_CASE("a file says which predictor it holds") {
  const test::TempDir dir;
  const auto space = test::space_of(test::kTinyMobileNet);
  const std::vector<Arch> archs = {space->smallest(), space->largest()};
  for (const std::string& name : builtin_accuracy_predictors().names()) {
    auto made = builtin_accuracy_predictors().create(name, ConfigNode::empty("c"), *space);
    made->fit(archs, std::vector<double>{0.5, 0.7}, Rng(1));
    made->save(dir.file("p.safetensors"));
    const auto loaded = load_predictor(dir.file("p.safetensors"), *space);
    CHECK(loaded->kind() == name);
    CHECK(estimate_one(*loaded, archs[0]) == estimate_one(*made, archs[0]));
  }
}

TEST_CASE("a file of an unknown kind or of none is refused") {
  const test::TempDir dir;
  const auto space = test::space_of(test::kTinyMobileNet);
  TensorFile file;
  file.save(dir.file("p"));
  CHECK_THROWS_WITH(load_predictor(dir.file("p"), *space), Catch::Contains("no predictor kind"));
  file.metadata["kind"] = "oracle";
  file.save(dir.file("p"));
  CHECK_THROWS_WITH(load_predictor(dir.file("p"), *space),
                    Catch::Contains("unknown accuracy predictor 'oracle'"));
}

TEST_CASE("an absent file is refused") {
  const auto space = test::space_of(test::kTinyMobileNet);
  CHECK_THROWS_AS(load_predictor("/nowhere/p.safetensors", *space), IoError);
}
