// Sums over blocks as tables.
#include "predictors/block_sum.h"

#include "predictors/cost_estimator.h"
#include "tests/support/catch.h"
#include "tests/support/spaces.h"

using namespace tailor;
using namespace tailor::predict;

TEST_CASE(
    "multiply-accumulates by tables are those of the lowered network, in every shipped space") {
  for (const std::string& name : test::shipped_space_names()) {
    INFO(name);
    const auto space = test::shipped_space(name);
    const CostEstimator macs(*space, "macs");
    const FactorSum sum = *macs.factor_sum(nullptr);
    Rng rng(9);
    for (int i = 0; i < 40; ++i) {
      const Arch arch = space->sample_choices(rng);
      CHECK(sum(arch) == estimate_one(macs, arch));
    }
  }
}

TEST_CASE("under a restriction tables hold for the archs that it allows") {
  const auto space = test::space_of(test::kTinyMobileNet);
  const Restriction only = space->restrict({{"r", {20}}});
  const CostEstimator macs(*space, "macs");
  const FactorSum sum = *macs.factor_sum(&only);
  for (const Arch& arch : space->enumerate()) {
    if (space->allows(only, arch)) CHECK(sum(arch) == estimate_one(macs, arch));
  }
}

TEST_CASE("what is no sum over blocks has no tables") {
  const auto space = test::space_of(test::kTinyMobileNet);
  CHECK_FALSE(CostEstimator(*space, "memory_bytes").factor_sum(nullptr));
}

TEST_CASE("tables are made once enough archs were asked about") {
  int made = 0;
  const WhenItPays<int> tables([&] { return ++made; });
  CHECK(tables.after(300) == nullptr);
  CHECK(tables.after(199) == nullptr);
  REQUIRE(tables.after(1) != nullptr);
  CHECK(*tables.after(1) == 1);
}
