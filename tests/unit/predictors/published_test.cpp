// Published predictors on made-up weights; tests/golden/published_search_test.cpp has real ones.
#include "predictors/published.h"

#include "core/error.h"
#include "tests/support/catch.h"
#include "tests/support/error_text.h"
#include "tests/support/spaces.h"

using namespace tailor;
using namespace tailor::predict;
using tailor::test::error_text;

namespace {

// kTinyMobileNet: ks of 3 slots (2 + 2 + 1 choices), e likewise, two image sizes.
const PublishedEncoding kEncoding = {.parts = {"ks", "e", "r"}, .resolutions = {16, 20}};
constexpr int64_t kInputs = 12;

/// Layers that pass on the sum of the inputs times `factor`, then add `last`.
TensorFile predictor(bool library, float factor, float last, int64_t inputs = kInputs) {
  TensorFile file;
  file.source = "acc.pth";
  for (int i = 0; i < 4; ++i) {
    const std::string name = library ? str("layers.", i, i < 3 ? ".0" : "") : str(2 * i);
    const int64_t in = i == 0 ? inputs : 1;
    file.tensors[name + ".weight"] = HostTensor::from_floats(
        {1, in}, std::vector<float>(static_cast<size_t>(in), i == 0 ? factor : 1));
    if (i < 3 || !library) {
      file.tensors[name + ".bias"] =
          HostTensor::from_floats({1}, std::vector<float>{i == 3 ? last : 0});
    }
  }
  if (library) file.tensors["base_acc"] = HostTensor::from_floats({1}, std::vector<float>{last});
  return file;
}

}  // namespace

TEST_CASE("both forms of the published predictor see one input for each slot that matters") {
  const auto space = test::space_of(test::kTinyMobileNet);
  for (bool library : {false, true}) {
    const PublishedAccuracy accuracy(*space, predictor(library, 0.01F, 0.5F), kEncoding);
    // Two blocks and the image size; three blocks.
    CHECK(estimate_one(accuracy, space->parse("ks=3 e=2,0,3 d=1,1 r=16")) == Approx(0.55));
    CHECK(estimate_one(accuracy, space->parse("ks=3 e=2,2,3 d=2,1 r=16")) == Approx(0.57));
  }
}

TEST_CASE("hidden layers of the published predictor are rectified") {
  const auto space = test::space_of(test::kTinyMobileNet);
  const PublishedAccuracy accuracy(*space, predictor(false, -1, 0.5F), kEncoding);
  CHECK(estimate_one(accuracy, space->largest()) == Approx(0.5));
}

TEST_CASE("a predictor of another space and an image size it does not know are refused") {
  const auto space = test::space_of(test::kTinyMobileNet);
  CHECK(error_text<IoError>([&] {
          PublishedAccuracy(*space, predictor(false, 1, 0, 9), kEncoding);
        }) == "acc.pth: takes 9 inputs, this space and its parts (ks, e, r) give 12");
  const PublishedAccuracy accuracy(*space, predictor(false, 1, 0, 11),
                                   {.parts = {"ks", "e", "r"}, .resolutions = {16}});
  CHECK(error_text<Error>([&] { estimate_one(accuracy, space->largest()); }) ==
        "the accuracy predictor does not know images of 20 pixels, only of 16; fix r to one of "
        "them");
  TensorFile broken = predictor(false, 1, 0);
  broken.tensors["2.weight"] = HostTensor::zeros(DType::f32, {1, 3});
  CHECK_THROWS_AS(PublishedAccuracy(*space, broken, kEncoding), IoError);
}
