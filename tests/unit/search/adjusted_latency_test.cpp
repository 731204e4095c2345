// Learning from networks measured after a fit.
#include "search/adjusted_latency.h"

#include "core/error.h"
#include "search/function_estimator.h"
#include "tests/support/catch.h"
#include "tests/support/toy_space.h"

using namespace tailor;
using search::AdjustedLatency;

namespace {

struct Setting {
  test::ToySpace space{1};
  search::FunctionEstimator base{"latency_ms",
                                 [this](const Arch& arch) { return space.value(arch, "r"); }};
  AdjustedLatency adjusted{base};

  Arch arch(const std::string& text) const { return space.parse(text); }
};

}  // namespace

TEST_CASE("before it learned anything it is the base") {
  const Setting s;
  CHECK(s.adjusted.metric() == "latency_ms");
  CHECK(estimate_one(s.adjusted, s.arch("d=1 ks=3 e=2 r=20")) == 20);
}

TEST_CASE("a measured arch has its measured value, its neighbours most of the ratio") {
  Setting s;
  const Arch measured = s.arch("d=1 ks=3 e=2 r=20");
  s.adjusted.learn(measured, 25, 0.02);
  std::vector<Estimate> out(1);
  s.adjusted.estimate(std::span(&measured, 1), out);
  CHECK(out[0].value == 25);
  CHECK(out[0].uncertainty == Approx(0.5));
  CHECK(out[0].provenance == Provenance::measured);
  const double near = estimate_one(s.adjusted, s.arch("d=1 ks=5 e=2 r=20"));
  const double far = estimate_one(s.adjusted, s.arch("d=1 ks=5 e=2 r=28"));
  CHECK(near > 23);
  CHECK(near < 25);
  CHECK(far / 28 < near / 20);
  CHECK(far >= 28);
}

TEST_CASE("several measurements around a value settle its ratio") {
  Setting s;
  for (const char* text : {"d=1 ks=3 e=2 r=20", "d=1 ks=5 e=2 r=20", "d=1 ks=7 e=2 r=20",
                           "d=1 ks=3 e=4 r=20", "d=1 ks=3 e=6 r=20", "d=1 ks=5 e=6 r=20"}) {
    s.adjusted.learn(s.arch(text), 24, 0.01);
  }
  CHECK(estimate_one(s.adjusted, s.arch("d=1 ks=7 e=6 r=20")) == Approx(24).epsilon(0.02));
}

TEST_CASE("what is no time is refused") {
  Setting s;
  CHECK_THROWS_AS(s.adjusted.learn(s.space.smallest(), 0, 0.1), Error);
}
