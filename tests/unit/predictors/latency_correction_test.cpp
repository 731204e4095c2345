// The correction of table sums: what it finds, what it leaves alone, how far it goes.
#include "predictors/latency_correction.h"

#include <cmath>

#include "core/error.h"
#include "core/rng.h"
#include "tests/support/catch.h"

using namespace tailor;
using namespace tailor::predict;

namespace {

/// n networks of 5 to 35 ms whose time is `truth` of their features, with relative noise.
template <class Truth>
std::vector<MeasuredNetwork> networks(int n, double noise, const Truth& truth) {
  Rng rng(3);
  std::vector<MeasuredNetwork> out;
  for (int i = 0; i < n; ++i) {
    MeasuredNetwork network;
    network.arch = str("arch ", i);
    network.features.table_ms = 5 + 30 * rng.uniform();
    network.features.blocks = static_cast<double>(8 + rng.below(12));
    network.features.nodes = 6 * network.features.blocks + static_cast<double>(rng.below(20));
    network.measured_ms = truth(network.features) * (1 + noise * rng.normal());
    out.push_back(network);
  }
  return out;
}

double worst_error(const LatencyCorrection& c, const std::vector<MeasuredNetwork>& all) {
  double worst = 0;
  for (const MeasuredNetwork& n : all) {
    worst = std::max(worst, std::abs(c(n.features) / n.measured_ms - 1));
  }
  return worst;
}

}  // namespace

TEST_CASE("without a fit the sum passes through") {
  CHECK(LatencyCorrection{}({12.5, 10, 60}) == 12.5);
}

TEST_CASE("a factor, an overhead a block and a constant are found") {
  const auto factor = networks(20, 0, [](auto& f) { return 0.8 * f.table_ms; });
  CHECK(worst_error(fit_latency_correction(factor), factor) < 0.005);
  const auto blocks = networks(20, 0, [](auto& f) { return 0.9 * f.table_ms + 0.2 * f.blocks; });
  CHECK(worst_error(fit_latency_correction(blocks), blocks) < 0.01);
  const auto constant = networks(20, 0, [](auto& f) { return f.table_ms + 2; });
  CHECK(worst_error(fit_latency_correction(constant), constant) < 0.01);
}

TEST_CASE("an exact table is left nearly alone") {
  const auto exact = networks(12, 0.02, [](auto& f) { return f.table_ms; });
  const LatencyCorrection c = fit_latency_correction(exact);
  CHECK(c({20, 12, 70}) == Approx(20).epsilon(0.02));
  CHECK(c.residual == Approx(0.02).epsilon(0.6));
}

TEST_CASE("noise does not buy coefficients: predictions hold on new networks") {
  const auto truth = [](const LatencyFeatures& f) { return 0.85 * f.table_ms + 0.1 * f.blocks; };
  const auto all = networks(60, 0.03, truth);
  const std::vector<MeasuredNetwork> seen(all.begin(), all.begin() + 20);
  const LatencyCorrection c = fit_latency_correction(seen);
  double sum = 0;
  for (size_t i = 20; i < all.size(); ++i) {
    sum += std::abs(c(all[i].features) / truth(all[i].features) - 1);
  }
  CHECK(sum / 40 < 0.02);
}

TEST_CASE("a correction goes no further than it has seen, and a quarter") {
  const auto seen = networks(20, 0, [](auto& f) { return 0.8 * f.table_ms + 1; });
  const LatencyCorrection c = fit_latency_correction(seen);
  double low = 10, high = 0;
  for (const MeasuredNetwork& n : seen) {
    low = std::min(low, n.measured_ms / n.features.table_ms);
    high = std::max(high, n.measured_ms / n.features.table_ms);
  }
  CHECK(c({0.01, 500, 9000}) == Approx(0.01 * high * 1.25));
  CHECK(c({1000, 1, 1}) >= 1000 * low / 1.25 - 1e-9);
}

TEST_CASE("a bias of one choice is found, where the others have none") {
  auto all = networks(60, 0.01, [](auto& f) { return 1.1 * f.table_ms; });
  for (size_t i = 0; i < all.size(); ++i) {
    all[i].features.named["choices"][i % 5 == 1 ? "r=160" : "r=128"] = 1;
    if (i % 5 == 1) all[i].measured_ms *= 1.25;
  }
  const LatencyCorrection c = fit_latency_correction(std::span(all).first(30));
  CHECK(c.subset.find("choices") != std::string::npos);
  CHECK(worst_error(c, {all.begin() + 30, all.end()}) < 0.06);
  CHECK(c.residual < 0.04);  // 0.1 without the choices
}

TEST_CASE("one network that follows another rule does not bend the fit of the others") {
  auto all = networks(60, 0.01, [](auto& f) { return 1.1 * f.table_ms; });
  std::vector<MeasuredNetwork> seen(all.begin(), all.begin() + 30);
  seen[0].features = {2, 8, 50};
  seen[0].measured_ms = 1.2;
  const LatencyCorrection c = fit_latency_correction(seen);
  CHECK(c.networks.size() == 30);
  CHECK(worst_error(c, {all.begin() + 30, all.end()}) < 0.04);
  CHECK(c.residual < 0.02);
}

TEST_CASE("one or two networks give no wild fit") {
  const auto two = networks(2, 0, [](auto& f) { return 0.7 * f.table_ms; });
  const LatencyCorrection c = fit_latency_correction(two);
  CHECK(c(two[0].features) == Approx(two[0].measured_ms).epsilon(0.02));
  const LatencyCorrection one = fit_latency_correction(std::span(two).first(1));
  CHECK(one.subset == "table");
}

TEST_CASE("nothing to learn from and times that are no times are refused") {
  CHECK_THROWS_AS(fit_latency_correction({}), Error);
  auto bad = networks(5, 0, [](auto& f) { return f.table_ms; });
  bad[2].measured_ms = 0;
  CHECK_THROWS_WITH(fit_latency_correction(bad), Catch::Contains("'arch 2': measured 0 ms"));
  bad[2].measured_ms = std::nan("");
  CHECK_THROWS_AS(fit_latency_correction(bad), Error);
}
