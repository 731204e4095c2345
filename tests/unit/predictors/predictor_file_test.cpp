#include "predictors/predictor_file.h"

#include <cmath>

#include "core/error.h"
#include "predictors/latency_regressor.h"
#include "tests/support/catch.h"
#include "tests/support/spaces.h"

using namespace tailor;
using namespace tailor::predict;

TEST_CASE("a predictor's file is told from others by its metadata") {
  const auto space = test::space_of(test::kTinyMobileNet);
  const LatencyRegressor predictor(*space);
  const TensorFile good = predictor_file(predictor, *space);
  CHECK(good.metadata.at("kind") == "latency_regressor");
  CHECK(good.metadata.at("metric") == "latency_ms");
  CHECK_NOTHROW(check_predictor_file(good, predictor, *space));
  for (const auto& [field, text] : good.metadata) {
    if (field == "space") continue;  // a name, not what was learned
    TensorFile bad = good;
    bad.metadata[field] = "other";
    CHECK_THROWS_WITH(check_predictor_file(bad, predictor, *space),
                      Catch::Contains(field + " must be '" + text + "', got 'other'; "));
  }
}

TEST_CASE("lists of numbers come back to the bit, or say what is wrong") {
  TensorFile file;
  file.tensors["x"] = to_tensor({1.0 / 3, -0.0});
  CHECK(from_tensor(file, "x", 2) == std::vector<double>{1.0 / 3, -0.0});
  CHECK_THROWS_WITH(from_tensor(file, "x", 3), "tensors: tensor 'x' must be F64 [3], got F64 [2]");
  file.tensors["x"] = to_tensor({std::nan("")});
  CHECK_THROWS_WITH(from_tensor(file, "x", 1), "tensors: tensor 'x' holds nan");
}
