#include "search/repair.h"

#include <algorithm>

#include "search/scorer.h"
#include "tests/support/toy_estimators.h"

#include "tests/support/catch.h"

namespace tailor::search {
namespace {

using test::ToySpace;

struct Setting {
  ToySpace space{2};
  FunctionEstimator latency = test::toy_latency(space);
  Problem problem;
  Scorer scorer;
  Moves moves{space, nullptr};

  explicit Setting(double limit)
      : problem{.space = space, .constraints = {{{"latency_ms", limit, ""}, &latency}}},
        scorer(problem) {}

  std::vector<Arch> samples(int count) const {
    Rng rng(11);
    std::vector<Arch> out;
    for (int i = 0; i < count; ++i) out.push_back(space.sample(rng));
    return out;
  }
  double value(const Arch& arch) const { return scorer.constraint_values({&arch, 1})[0]; }
};

TEST_CASE("archs far above the limit come within it") {
  const Setting s(8);
  const std::vector<Arch> samples = s.samples(100);
  int broken = 0;
  for (const Arch& arch : samples) broken += s.value(arch) > 8;
  REQUIRE(broken > 80);
  const std::vector<Arch> out = repaired(samples, s.moves, &s.scorer, 40, Rng(1));
  CHECK(out.size() >= 98);
  double sum = 0;
  for (const Arch& arch : out) {
    CHECK(s.value(arch) <= 8);
    sum += s.value(arch);
  }
  CHECK(sum / static_cast<double>(out.size()) > 5);  // near the limit, not at the bottom
}

TEST_CASE("archs within the limits stay as they are") {
  const Setting s(1e9);
  const std::vector<Arch> samples = s.samples(20);
  CHECK(repaired(samples, s.moves, &s.scorer, 40, Rng(1)) == samples);
}

TEST_CASE("without steps, or without limits, it only sorts out or does nothing") {
  const Setting s(8);
  const std::vector<Arch> samples = s.samples(100);
  for (const Arch& arch : repaired(samples, s.moves, &s.scorer, 0, Rng(1))) {
    CHECK(s.value(arch) <= 8);
  }
  CHECK(repaired(samples, s.moves, &s.scorer, 0, Rng(1)).size() < 20);
  CHECK(repaired(samples, s.moves, nullptr, 40, Rng(1)) == samples);
}

TEST_CASE("a change that does not help is taken back") {
  /// Knows one arch that nearly meets its limit; every other is farther away.
  struct Stuck : Feasibility {
    Arch near;
    mutable std::vector<Arch> asked;
    void violations(std::span<const Arch> archs, std::span<double> out) const override {
      for (size_t i = 0; i < archs.size(); ++i) {
        asked.push_back(archs[i]);
        out[i] = archs[i] == near ? 0.01 : 0.02;
      }
    }
  };
  const ToySpace space;
  const Moves moves(space, nullptr);
  Stuck limits;
  limits.near = space.parse("d=3 ks=5 e=4 r=20");
  CHECK(repaired({limits.near}, moves, &limits, 30, Rng(1)).empty());
  REQUIRE(limits.asked.size() == 31);
  const std::vector<Arch> around = moves.neighbours(limits.near);
  for (size_t i = 1; i < limits.asked.size(); ++i) {
    CHECK(std::find(around.begin(), around.end(), limits.asked[i]) != around.end());
  }
}

TEST_CASE("the same stream repairs the same way") {
  const Setting s(8);
  const std::vector<Arch> samples = s.samples(50);
  const std::vector<Arch> once = repaired(samples, s.moves, &s.scorer, 40, Rng(1));
  CHECK(repaired(samples, s.moves, &s.scorer, 40, Rng(1)) == once);
  CHECK_FALSE(repaired(samples, s.moves, &s.scorer, 40, Rng(2)) == once);
}

}  // namespace
}  // namespace tailor::search
