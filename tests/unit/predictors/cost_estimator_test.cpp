// Estimators that count.
#include "predictors/cost_estimator.h"

#include "core/error.h"
#include "supernet/space/cost.h"
#include "tests/support/catch.h"
#include "tests/support/spaces.h"

using namespace tailor;
using namespace tailor::predict;

TEST_CASE("counts are those of the lowered network") {
  const auto space = test::space_of(test::kTinyMobileNet);
  for (const Arch& arch : space->enumerate()) {
    const Cost cost = network_cost(space->lower(arch));
    CHECK(estimate_one(CostEstimator(*space, "macs"), arch) == static_cast<double>(cost.macs));
    CHECK(estimate_one(CostEstimator(*space, "params"), arch) == static_cast<double>(cost.params));
    CHECK(estimate_one(CostEstimator(*space, "memory_bytes"), arch) ==
          static_cast<double>(cost.memory_bytes()));
  }
}

TEST_CASE("the workload counts") {
  const auto space = test::space_of(test::kTinyMobileNet);
  const Arch arch = space->largest();
  CHECK(estimate_one(CostEstimator(*space, "macs", {.batch = 3}), arch) ==
        3 * estimate_one(CostEstimator(*space, "macs"), arch));
  CHECK(estimate_one(CostEstimator(*space, "params", {.batch = 3}), arch) ==
        estimate_one(CostEstimator(*space, "params"), arch));
}

TEST_CASE("counted values are exact and say that nobody measured them") {
  const auto space = test::space_of(test::kTinyMobileNet);
  const CostEstimator estimator(*space, "macs");
  const std::vector<Arch> archs = {space->smallest(), space->largest()};
  std::vector<Estimate> out(2);
  estimator.estimate(archs, out);
  CHECK(estimator.metric() == "macs");
  CHECK(out[0].value < out[1].value);
  CHECK(out[0].uncertainty == 0);
  CHECK(out[0].provenance == Provenance::analytic);
}

TEST_CASE("an unknown metric lists the known ones") {
  const auto space = test::space_of(test::kTinyMobileNet);
  CHECK_THROWS_WITH(CostEstimator(*space, "param"),
                    Catch::Contains("did you mean 'params'? known: macs, memory_bytes, params"));
}
