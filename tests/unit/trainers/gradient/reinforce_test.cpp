#include "trainers/gradient/reinforce.h"

#include <cmath>

#include "tests/support/spaces.h"
#include "trainers/gradient/gates.h"

#include "tests/support/catch.h"

using namespace tailor;
using namespace tailor::train;

TEST_CASE("REINFORCE: the reward of the authors' code") {
  const TargetState target{"latency_ms", 80, 0};
  // The authors' figure, .5867593, is of float arithmetic.
  CHECK(reward(0.6, &target, 100, 0.1) == Approx(.5867593).epsilon(1e-6));
  CHECK(reward(0.6, &target, 80, 0.1) == 0.6);
  CHECK(reward(0.6, nullptr, 0, 0.1) == 0.6);
}

TEST_CASE("REINFORCE: the baseline moves before it is used") {
  Baseline baseline(0.99);
  CHECK(std::isnan(baseline.value()));
  CHECK(baseline.update(0.5) == Approx(0.5).epsilon(1e-7));
  CHECK(baseline.update(0.7) == Approx(0.5 + 0.99 * 0.2).epsilon(1e-6));
  Baseline again(0.99);
  again.set(baseline.value());
  CHECK(again.update(0.1) == baseline.update(0.1));
}

TEST_CASE("REINFORCE: the gradient is that of the mean reward") {
  // Over all networks, weighted by their chances: d E[R] / d alpha by finite differences, for any
  // baseline.
  const auto space = test::space_of(test::kTinyMobileNet);
  const Restriction only = space->restrict({{"r", {16}}});
  const std::vector<BlockPlace> places = block_places(*space, {}, &only);
  const Slots slots(*space, places, &only);
  SlotValues alpha = slots.zeros();
  Rng rng(2);
  for (auto& slot : alpha) {
    for (double& a : slot) a = rng.normal();
  }
  const auto probabilities = [](const SlotValues& x) {
    SlotValues out;
    for (const auto& slot : x) out.push_back(softmax(slot));
    return out;
  };
  std::vector<std::vector<size_t>> all;
  std::vector<size_t> options(slots.size(), 0);
  const auto visit = [&](const auto& self, size_t s) -> void {
    if (s == options.size()) {
      all.push_back(options);
      return;
    }
    for (options[s] = 0; options[s] < slots[s].options.size(); ++options[s]) self(self, s + 1);
  };
  visit(visit, 0);
  // What a network is worth may depend on nothing but the network.
  const auto worth = [&](const std::vector<size_t>& o) {
    return static_cast<double>(slots.arch(o).hash() % 1000) / 1000;
  };
  const auto chance = [&](const SlotValues& p, const std::vector<size_t>& o) {
    double out = 1;
    for (size_t s = 0; s < o.size(); ++s) out *= p[s][o[s]];
    return out;
  };
  const SlotValues p = probabilities(alpha);
  SlotValues got = slots.zeros();
  for (const auto& each : all) {
    const RewardedSample sample{each, worth(each)};
    const SlotValues own = reinforce_gradient(slots, p, {&sample, 1}, 0.3);
    for (size_t s = 0; s < own.size(); ++s) {
      for (size_t i = 0; i < own[s].size(); ++i) got[s][i] += chance(p, each) * own[s][i];
    }
  }
  const double h = 1e-6;
  const auto mean = [&](const SlotValues& x) {
    double out = 0;
    const SlotValues q = probabilities(x);
    for (const auto& each : all) out += chance(q, each) * worth(each);
    return out;
  };
  for (size_t s = 0; s < alpha.size(); ++s) {
    for (size_t i = 0; i < alpha[s].size(); ++i) {
      SlotValues up = alpha, down = alpha;
      up[s][i] += h;
      down[s][i] -= h;
      // It descends: minus the mean reward.
      CHECK(got[s][i] == Approx(-(mean(up) - mean(down)) / (2 * h)).margin(1e-8));
    }
  }
}
