#include "search/new_archs.h"

#include <algorithm>
#include <set>

#include "tests/support/toy_space.h"

#include "tests/support/catch.h"

namespace tailor::search {
namespace {

using test::ToySpace;

/// At most two blocks in all.
struct Shallow : Feasibility {
  const ToySpace& space;
  explicit Shallow(const ToySpace& of) : space(of) {}
  void violations(std::span<const Arch> archs, std::span<double> out) const override {
    for (size_t i = 0; i < archs.size(); ++i) {
      out[i] = std::max(0.0, (space.value(archs[i], "d", 0) - 2) / 2);
    }
  }
};

TEST_CASE("new archs are unknown, different, inside limits and restriction") {
  const ToySpace space;
  const Restriction only = space.restrict({{"ks", {3, 7}}});
  const Moves moves(space, &only);
  const Shallow limits(space);
  std::set<Arch> known;
  const Propose sample = [&](int64_t, Rng rng) { return moves.sample(rng, "choices"); };
  for (int64_t round = 0; round < 5; ++round) {
    const std::vector<Arch> found = new_archs(
        {.count = 20, .tries = 20, .repair_steps = 10}, moves, &limits,
        [&](const Arch& arch) { return known.contains(arch); }, Rng(1).fork("x", {round}), sample);
    CHECK(found.size() == 20);
    for (const Arch& arch : found) {
      CHECK(known.insert(arch).second);
      CHECK(space.allows(only, arch));
      CHECK(space.value(arch, "d", 0) <= 2);
    }
  }
}

TEST_CASE("tries are bounded, and later rounds are told so") {
  const ToySpace space;
  const Moves moves(space, nullptr);
  std::vector<int64_t> rounds;
  const auto found = new_archs(
      {.count = 3, .tries = 4}, moves, nullptr, [](const Arch&) { return false; }, Rng(1),
      [&](int64_t round, Rng) {
        rounds.push_back(round);
        return space.smallest();
      });
  CHECK(found == std::vector<Arch>{space.smallest()});
  CHECK(rounds == std::vector<int64_t>{0, 0, 0, 1, 1, 2, 2, 3, 3});
}

TEST_CASE("a proposal outside the restriction is dropped") {
  const ToySpace space;
  const Restriction only = space.restrict({{"r", {16}}});
  const Moves moves(space, &only);
  CHECK(new_archs(
            {.count = 2, .tries = 2}, moves, nullptr, [](const Arch&) { return false; }, Rng(1),
            [&](int64_t, Rng) { return space.largest(); })
            .empty());
}

}  // namespace
}  // namespace tailor::search
