#include "predictors/latency_sum.h"

#include <cmath>

#include "predictors/estimator.h"
#include "tests/support/spaces.h"

#include "tests/support/catch.h"

using namespace tailor;
using namespace tailor::predict;

namespace {

std::string place_of(const Block& block) { return block.name.substr(0, block.name.find('.')); }

struct Setup {
  std::unique_ptr<SearchSpace> space = test::space_of(test::kTinyMobileNet);
  std::vector<size_t> whole = {static_cast<size_t>(space->axis_index("r", 0))};
  Restriction one_size = space->restrict({{"r", {16}}});
  LatencyCorrection correction;

  static hw::ProfileDb::Answer time(const std::shared_ptr<const Block>& block) {
    return {static_cast<double>(block->macs) / 1e6, hw::Rung::measured};
  }
  std::optional<FactorSum> sum(const Restriction* only = nullptr) const {
    return latency_sum(*space, {}, 0.05, time, correction, whole, place_of, only);
  }
  double true_value(const Arch& arch) const {
    return LatencyTables(*space, {}, 0.05, time, correction, whole, place_of)(arch).ms;
  }
  void check(const Restriction* only) const {
    const std::optional<FactorSum> got = sum(only);
    REQUIRE(got);
    Rng rng(2);
    for (int i = 0; i < 20; ++i) {
      const Arch arch = space->sample(rng, only);
      CHECK((*got)(arch) == Approx(true_value(arch)).epsilon(1e-12));
    }
  }
};

}  // namespace

TEST_CASE("latency as a sum of tables: what LatencyTables gives") {
  Setup s;
  s.check(nullptr);  // no correction
  s.correction.networks.resize(1);
  s.correction.min_ratio = 0.1;
  s.correction.max_ratio = 10;
  s.correction.coefficients = {0.01, 1.2, 0.001, 0.0005};
  s.check(nullptr);
  s.correction.residual_model.bias = 0.1;
  s.check(nullptr);
  s.correction.residual_model.weights["choices"] = {{"r=16", 0.2}, {"r=20", -0.1}};
  s.check(nullptr);
  s.check(&s.one_size);
  CHECK(s.sum()->factors().size() == s.sum(&s.one_size)->factors().size() + 1);
  s.correction.coefficients = {0, 1.2, 0, 0};
  s.correction.residual_model.weights["shares"] = {{"stage1", 0.3}};
  s.check(nullptr);
  s.check(&s.one_size);
  s.correction.coefficients = {0.01, 1.2, 0, 0};
  CHECK_FALSE(s.sum(&s.one_size));
}

TEST_CASE("latency as a sum of tables: not where a ratio might be reached") {
  Setup s;
  s.correction.networks.resize(1);
  s.correction.coefficients = {0, 1.2, 0, 0};
  s.correction.min_ratio = 0.9;
  s.correction.max_ratio = 1.1;
  CHECK_FALSE(s.sum());
  s.correction.max_ratio = 1.3;
  CHECK(s.sum());
  // Each image size within the ratios by itself: 1.2 * (1 + 0.05) and 1.2 * (1 - 0.2).
  s.correction.residual_model.weights["choices"] = {{"r=16", 0.05}, {"r=20", -0.2}};
  CHECK(s.sum());
  s.correction.min_ratio = 0.97;
  CHECK_FALSE(s.sum());
}
