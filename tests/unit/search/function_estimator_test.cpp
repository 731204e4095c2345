#include "search/function_estimator.h"

#include "tests/support/toy_space.h"

#include "tests/support/catch.h"

namespace tailor::search {
namespace {

TEST_CASE("a function of an arch is an estimator") {
  const test::ToySpace space;
  const FunctionEstimator depth("depth", [&](const Arch& a) { return space.value(a, "d"); });
  const std::vector<Arch> archs = {space.smallest(), space.largest()};
  std::vector<Estimate> out(2);
  depth.estimate(archs, out);
  CHECK(depth.metric() == "depth");
  CHECK(out[0].value == 1);
  CHECK(out[1].value == 3);
  CHECK(out[0].provenance == Provenance::analytic);
  CHECK(out[0].uncertainty == 0);
}

TEST_CASE("its provenance is what its maker says") {
  const test::ToySpace space;
  const FunctionEstimator timed(
      "latency_ms", [](const Arch&) { return 1.0; }, Provenance::measured);
  const std::vector<Arch> archs = {space.smallest()};
  std::vector<Estimate> out(1);
  timed.estimate(archs, out);
  CHECK(out[0].provenance == Provenance::measured);
}

TEST_CASE("it is no sum over axes, as far as anyone knows") {
  const FunctionEstimator one("one", [](const Arch&) { return 1.0; });
  CHECK_FALSE(one.factor_sum(nullptr).has_value());
}

TEST_CASE("no archs, no calls") {
  int calls = 0;
  const FunctionEstimator counting("n", [&](const Arch&) { return static_cast<double>(++calls); });
  counting.estimate({}, {});
  CHECK(calls == 0);
}

}  // namespace
}  // namespace tailor::search
