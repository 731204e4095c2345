#include "trainers/gradient/expected_value.h"

#include <cmath>
#include <filesystem>

#include "predictors/cost_estimator.h"
#include "predictors/published.h"
#include "tests/support/error_text.h"
#include "tests/support/spaces.h"

#include "tests/support/catch.h"

using namespace tailor;
using namespace tailor::train;

namespace {

struct Found {
  std::unique_ptr<SearchSpace> space;
  Restriction only;
  std::vector<BlockPlace> places;
  Slots slots;
  predict::CostEstimator macs;

  explicit Found(std::unique_ptr<SearchSpace> s,
                 const std::map<std::string, std::vector<double>>& allowed = {})
      : space(std::move(s)),
        only(space->restrict(allowed)),
        places(block_places(*space, {.phase = Phase::train}, &only)),
        slots(*space, places, &only),
        macs(*space, "macs") {}

  ExpectedValue expected() const { return {slots, *macs.factor_sum(&only), "macs"}; }

  SlotValues random_probabilities(uint64_t seed) const {
    Rng rng(seed);
    SlotValues out = slots.zeros();
    for (auto& slot : out) {
      double sum = 0;
      for (double& p : slot) sum += p = rng.uniform() + 0.01;
      for (double& p : slot) p /= sum;
    }
    return out;
  }
  SlotValues uniform() const {
    SlotValues out = slots.zeros();
    for (auto& slot : out) {
      for (double& p : slot) p = 1.0 / static_cast<double>(slot.size());
    }
    return out;
  }
};

/// Over every combination of options.
double mean_by_enumeration(const Found& f, const SlotValues& p) {
  std::vector<size_t> options(f.slots.size(), 0);
  double mean = 0;
  const auto visit = [&](const auto& self, size_t s, double chance) -> void {
    if (s == options.size()) {
      mean += chance * estimate_one(f.macs, f.slots.arch(options));
      return;
    }
    for (options[s] = 0; options[s] < f.slots[s].options.size(); ++options[s]) {
      self(self, s + 1, chance * p[s][options[s]]);
    }
  };
  visit(visit, 0, 1);
  return mean;
}

}  // namespace

TEST_CASE("expected value: the mean over all networks, by enumeration") {
  for (const char* yaml : {test::kTinyMobileNet, test::kTinyFbnet, test::kTinyXception}) {
    const Found f(test::space_of(yaml),
                  yaml == test::kTinyFbnet
                      ? std::map<std::string, std::vector<double>>{}
                      : std::map<std::string, std::vector<double>>{{"r", {16}}});
    INFO(f.space->name());
    const SlotValues p = f.random_probabilities(4);
    CHECK(f.expected()(p) == Approx(mean_by_enumeration(f, p)).epsilon(1e-12));
  }
}

TEST_CASE("expected value: its gradient by finite differences") {
  const Found f(test::space_of(test::kTinyMobileNet), {{"r", {16}}});
  const ExpectedValue expected = f.expected();
  const SlotValues p = f.random_probabilities(2);
  SlotValues gradient = f.slots.zeros();
  expected(p, &gradient);
  for (size_t s = 0; s < p.size(); ++s) {
    for (size_t i = 0; i < p[s].size(); ++i) {
      SlotValues up = p, down = p;
      up[s][i] += 0.5;
      down[s][i] -= 0.5;
      // Linear in each probability, so any step is exact.
      CHECK(gradient[s][i] == Approx(expected(up) - expected(down)).epsilon(1e-10));
    }
  }
}

TEST_CASE("expected value: ProxylessNAS at uniform probabilities, as published") {
  const Found f(test::shipped_space("proxyless_mobile"));
  CHECK(f.expected()(f.uniform()) / 1e6 == Approx(373.301).epsilon(2e-6));
  const std::string path = TAILOR_SOURCE_DIR "/../shared/data/proxylessnas/mobile_trim.yaml";
  if (!std::filesystem::exists(path)) {
    WARN("skipped: " << path << " is not there");
    return;
  }
  std::map<int64_t, hw::PublishedTable> tables;
  tables.emplace(224, hw::PublishedTable::load(path));
  const predict::PublishedLatency latency(*f.space, std::move(tables));
  const ExpectedValue ms(f.slots, *latency.factor_sum(&f.only), "latency_ms");
  CHECK(ms(f.uniform()) == Approx(113.988129).epsilon(1e-8));
}

TEST_CASE("expected value: options without a value are named") {
  const Found f(test::space_of(test::kTinyFbnet));
  FactorSum sum = *f.macs.factor_sum(&f.only);
  std::vector<Factor> factors = sum.factors();
  for (Factor& factor : factors) {
    if (factor.axes == std::vector<size_t>{1}) factor.values[3] = std::nan("");
  }
  const FactorSum hole(*f.space, 0, factors);
  CHECK(test::error_text<Error>([&] { ExpectedValue(f.slots, hole, "latency_ms"); }) ==
        "no latency_ms for stage1.block2 op=k5_e3 of 'tiny_fbnet': the table lacks a block that "
        "the search may choose");
}
