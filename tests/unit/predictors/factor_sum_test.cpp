// Sums of tables over archs.
#include "predictors/factor_sum.h"

#include <cmath>

#include "core/error.h"
#include "predictors/estimator.h"
#include "tests/support/catch.h"
#include "tests/support/toy_space.h"

namespace tailor {
namespace {

TEST_CASE("a sum of tables takes one entry of each, 0 where an axis does not matter") {
  const test::ToySpace space(1);  // d, ks x 3, e x 3, r
  const auto ks3 = static_cast<size_t>(space.axis_index("ks", 2));
  const auto e3 = static_cast<size_t>(space.axis_index("e", 2));
  Factor pair{{ks3, e3}, std::vector<double>(16)};
  for (size_t i = 0; i < 16; ++i) pair.values[i] = static_cast<double>(i);
  const FactorSum sum(space, 100, {pair, {{0}, {-1, 10, 20, 30}}});
  CHECK(sum(space.parse("ks=3 e=2 d=1 r=16")) == 110);  // the third block is not there
  CHECK(sum(space.parse("ks=3 e=2 d=3 r=16")) == 100 + 30 + 4 * 1 + 1);
  CHECK(sum(space.parse("ks=7 e=4 d=3 r=16")) == 100 + 30 + 4 * 3 + 2);
  CHECK(sum.entry(0, space.parse("ks=7 e=4 d=3 r=16")) == 14);
}

TEST_CASE("an entry that no arch leads to makes the sum NaN") {
  const test::ToySpace space(1);
  const FactorSum sum(space, 0, {{{0}, {0, NAN, 1, 2}}});
  CHECK(std::isnan(sum(space.parse("ks=3 e=2 d=1 r=16"))));
  CHECK(sum(space.parse("ks=3 e=2 d=2 r=16")) == 1);
}

TEST_CASE("tables of another size, axes out of order and unknown axes are refused") {
  const test::ToySpace space(1);
  CHECK_THROWS_AS(FactorSum(space, 0, {{{0}, {1, 2}}}), Error);
  CHECK_THROWS_AS(FactorSum(space, 0, {{{1, 0}, std::vector<double>(16)}}), Error);
  CHECK_THROWS_AS(FactorSum(space, 0, {{{99}, {1}}}), Error);
}

TEST_CASE("an estimator made from tables gives itself as its sum") {
  const test::ToySpace space(1);
  const FactorEstimator estimator("latency_ms", FactorSum(space, 1, {{{0}, {0, 1, 2, 3}}}));
  const Arch arch = space.parse("ks=3 e=2 d=2 r=16");
  CHECK(estimate_one(estimator, arch) == 3);
  CHECK((*estimator.factor_sum(nullptr))(arch) == 3);
}

}  // namespace
}  // namespace tailor
