// Shares of an estimator's spread by axis group.
#include "predictors/axis_shares.h"

#include <map>

#include "core/error.h"
#include "search/function_estimator.h"
#include "tests/support/catch.h"
#include "tests/support/toy_space.h"

using namespace tailor;
using predict::AxisShare;

namespace {

std::map<std::string, double> by_group(const std::vector<AxisShare>& shares) {
  std::map<std::string, double> out;
  for (const AxisShare& each : shares) out[each.group] = each.share;
  return out;
}

}  // namespace

TEST_CASE("what depends on one group alone is that group's") {
  const test::ToySpace space(2);
  const search::FunctionEstimator r("latency_ms",
                                    [&](const Arch& arch) { return space.value(arch, "r"); });
  const auto shares = by_group(predict::axis_shares(space, r, 4000, Rng(1)));
  CHECK(shares.at("r") == Approx(1).margin(0.02));
  CHECK(shares.at("e") == Approx(0).margin(0.02));
}

TEST_CASE("independent parts are divided by their variances, and they add up") {
  const test::ToySpace space(1);
  // Of r: 5 on {16, 20, 24, 28} has variance 5 * 20 / 20; of d {1, 2, 3}: 2/3 times 9 = 6.
  const search::FunctionEstimator sum("latency_ms", [&](const Arch& arch) {
    return space.value(arch, "r") + 3 * space.value(arch, "d");
  });
  const std::vector<AxisShare> shares = predict::axis_shares(space, sum, 4000, Rng(2));
  double total = 0;
  for (const AxisShare& each : shares) total += each.share;
  CHECK(total == Approx(1).margin(0.01));
  CHECK(shares[0].group == "r");
  CHECK(shares[0].share == Approx(20.0 / 26).margin(0.03));
  // The kernels and widths of a slot show the depth too: the three share its part.
  CHECK(by_group(shares).at("d") > 0.05);
}

TEST_CASE("choices that act together alone are nobody's") {
  const test::ToySpace space(1);
  const search::FunctionEstimator parity("latency_ms", [&](const Arch& arch) {
    const bool a = space.value(arch, "r") > 20, b = space.value(arch, "ks", 0) > 4;
    return a == b ? 1.0 : 0.0;
  });
  double total = 0;
  for (const AxisShare& each : predict::axis_shares(space, parity, 2000, Rng(3))) {
    total += each.share;
  }
  CHECK(total < 0.1);
}

TEST_CASE("nothing varies, nothing is explained; and the text is for people") {
  const test::ToySpace space(1);
  const search::FunctionEstimator flat("latency_ms", [](const Arch&) { return 3.0; });
  CHECK(predict::axis_shares(space, flat, 200, Rng(1)).empty());
  CHECK(predict::axis_shares_text({{"r", 0.614}, {"e", 0.2}}) == "r 61 %, e 20 %");
  CHECK_THROWS_AS(predict::axis_shares(space, flat, 10, Rng(1)), Error);
}
