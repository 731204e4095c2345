// Random spaces and random archs.
#include <set>

#include "core/error.h"
#include "supernet/space/block_enumeration.h"
#include "supernet/space/cost.h"
#include "supernet/space/passes.h"
#include "supernet/space/spec_file.h"
#include "tests/support/catch.h"
#include "tests/support/random_spaces.h"
#include "tests/support/spaces.h"

using namespace tailor;

namespace {

/// Runs `check` on random small spaces of every family.
template <class Check>
void for_random_spaces(uint64_t seed, int spaces, const Check& check) {
  Rng rng(seed);
  for (int i = 0; i < spaces; ++i) {
    const std::string yaml = test::random_space(i, rng);
    INFO(yaml);
    const auto space = test::space_of(yaml);
    if (space->count() > 20000) continue;
    check(*space, rng);
  }
}

}  // namespace

TEST_CASE("a random space counts as many networks as it lists") {
  for_random_spaces(1, 40, [](const SearchSpace& space, Rng&) {
    const std::vector<Arch> all = space.enumerate();
    CHECK(space.count() == static_cast<double>(all.size()));
    CHECK(std::set<Arch>(all.begin(), all.end()).size() == all.size());
  });
}

TEST_CASE("networks of a random space are equal exactly when their archs are") {
  for_random_spaces(2, 20, [](const SearchSpace& space, Rng&) {
    if (space.count() > 3000) return;
    const std::vector<Arch> all = space.enumerate();
    std::set<std::string> networks;
    for (const Arch& arch : all) networks.insert(test::network_identity(space.lower(arch)));
    CHECK(networks.size() == all.size());
  });
}

TEST_CASE("any list of choices becomes one of the listed archs") {
  for_random_spaces(3, 20, [](const SearchSpace& space, Rng& rng) {
    const std::vector<Arch> all = space.enumerate();
    const std::set<Arch> listed(all.begin(), all.end());
    for (int i = 0; i < 50; ++i) {
      std::vector<int8_t> choices;
      for (const Axis& axis : space.axes()) {
        choices.push_back(static_cast<int8_t>(rng.below(static_cast<int64_t>(axis.values.size()))));
      }
      CHECK(listed.count(space.arch(choices)) == 1);
      CHECK(listed.count(space.sample(rng)) == 1);
      CHECK(listed.count(space.mutate(space.sample(rng), 0.3, rng)) == 1);
      CHECK(listed.count(space.crossover(space.sample(rng), space.sample(rng), rng)) == 1);
    }
  });
}

TEST_CASE("random archs survive text") {
  for_random_spaces(4, 20, [](const SearchSpace& space, Rng& rng) {
    for (int i = 0; i < 50; ++i) {
      const Arch arch = space.sample_choices(rng);
      CHECK(space.parse(space.print(arch)) == arch);
    }
  });
}

TEST_CASE("restricted counts and samples agree with filtering the list") {
  for_random_spaces(5, 30, [](const SearchSpace& space, Rng& rng) {
    Restriction only = space.restrict({});
    for (auto& axis : only.allowed) {
      const auto keep = static_cast<size_t>(rng.below(static_cast<int64_t>(axis.size())));
      for (size_t c = 0; c < axis.size(); ++c) axis[c] = c == keep || rng.coin(0.6);
    }
    size_t allowed = 0;
    for (const Arch& arch : space.enumerate()) allowed += space.allows(only, arch);
    CHECK(space.count(&only) == static_cast<double>(allowed));
    if (allowed == 0) {
      CHECK_THROWS_AS(space.sample(rng, &only), ConfigError);
      return;
    }
    for (int i = 0; i < 30; ++i) {
      CHECK(space.allows(only, space.sample(rng, &only)));
      CHECK(space.allows(only, space.sample_choices(rng, &only)));
      CHECK(space.allows(only, space.mutate(space.sample(rng), 0.2, rng, &only)));
    }
  });
}

TEST_CASE("enumerated blocks are exactly the blocks of all networks") {
  for_random_spaces(6, 20, [](const SearchSpace& space, Rng&) {
    if (space.count() > 3000) return;
    std::set<std::string> all, found;
    for (const Arch& arch : space.enumerate()) {
      for (const BlockUse& use : space.lower(arch).blocks) all.insert(use.block->key);
    }
    for (const BlockSite& site : enumerate_blocks(space, {})) found.insert(site.block->key);
    CHECK(found == all);
  });
}

TEST_CASE("random networks survive their file") {
  for_random_spaces(7, 20, [](const SearchSpace& space, Rng& rng) {
    for (int i = 0; i < 10; ++i) {
      const NetworkSpec spec = standalone(space.lower(space.sample(rng)));
      const NetworkSpec back = spec_from_json(spec_to_json(spec), "net.json");
      CHECK(test::network_identity(back) == test::network_identity(spec));
      CHECK(network_cost(back).memory_bytes() == network_cost(spec).memory_bytes());
    }
  });
}
