#include "search/moves.h"

#include <set>

#include "core/error.h"
#include "supernet/space/coupling.h"
#include "tests/support/error_text.h"
#include "tests/support/toy_space.h"

#include "tests/support/catch.h"

namespace tailor::search {
namespace {

using test::ToySpace;

/// Active slots that hold different choices, a change of depth counted once.
bool one_change(const ToySpace& space, const Arch& a, const Arch& b) {
  const bool same_depth = a[0] == b[0];
  int changes = same_depth ? 0 : 1;
  for (size_t i = 1; i < a.size(); ++i) changes += a.active(i) && b.active(i) && a[i] != b[i];
  (void)space;
  return changes == 1;
}

TEST_CASE("neighbours differ in one slot, and are all there") {
  const ToySpace space;
  const Moves moves(space, nullptr);
  const Arch arch = space.parse("d=2 ks=5 e=4 r=20");
  const std::vector<Arch> around = moves.neighbours(arch);
  CHECK(around.size() == 2 + 4 + 4 + 3);
  CHECK(std::set<Arch>(around.begin(), around.end()).size() == around.size());
  for (const Arch& other : around) CHECK(one_change(space, arch, other));
}

TEST_CASE("moves stay inside a restriction") {
  const ToySpace space(2);
  const Restriction only = space.restrict({{"r", {20, 24}}, {"ks", {5}}, {"d", {2, 3}}});
  const Moves moves(space, &only);
  Rng rng(3);
  CHECK(moves.allows(moves.smallest()));
  CHECK(space.print(moves.smallest()) == "d=2,2 ks=5,5,0,5,5,0 e=2,2,0,2,2,0 r=20");
  Arch arch = moves.sample(rng, "choices");
  for (int i = 0; i < 300; ++i) {
    CHECK(moves.allows(arch));
    for (const Arch& other : moves.neighbours(arch)) CHECK(moves.allows(other));
    CHECK(moves.allows(moves.lower(arch, 3, rng)));
    arch = moves.change_one(arch, rng);
  }
}

TEST_CASE("moves keep axes together that are coupled") {
  const ToySpace space(2);
  Restriction only = space.restrict({{"r", {20, 24}}});
  couple(space, {{{"d", {1, 2, 3}}, {"e", {2, 2, 6}}}}, only);
  const Moves moves(space, &only);
  Rng rng(3);
  const Arch arch = space.parse("d=2,1 ks=5 e=2 r=20");
  CHECK(moves.allows(arch));
  CHECK_FALSE(moves.allows(space.parse("d=2,1 ks=5 e=2,6,2,2,2,2 r=20")));
  CHECK(moves.free_slots(arch) == 2 + 3 + 1);
  const std::vector<Arch> around = moves.neighbours(arch);
  CHECK(around.size() == 2 * 2 + 3 * 2 + 1);
  Arch at = moves.sample(rng, "choices"), other = moves.sample(rng, "networks");
  for (int i = 0; i < 300; ++i) {
    CHECK(moves.allows(at));
    for (const Arch& next : moves.neighbours(at)) CHECK((moves.allows(next) && next != at));
    CHECK(moves.allows(moves.lower(at, 3, rng)));
    CHECK(moves.allows(moves.mutate(at, 0.3, rng)));
    CHECK(moves.allows(space.mutate(at, 0.3, rng, &only)));
    CHECK(moves.allows(moves.crossover(at, other, rng)));
    at = moves.change_one(at, rng);
    if (i % 10 == 0) other = at;
  }
}

TEST_CASE("changing one slot reaches every neighbour and never stands still") {
  const ToySpace space;
  const Moves moves(space, nullptr);
  const Arch arch = space.parse("d=1 ks=3 e=4 r=20");
  std::set<Arch> wanted;
  for (const Arch& other : moves.neighbours(arch)) {
    if (other[0] == arch[0]) wanted.insert(other);
  }
  Rng rng(5);
  for (int i = 0; i < 500; ++i) {
    const Arch other = moves.change_one(arch, rng);
    CHECK_FALSE(other == arch);
    wanted.erase(other);
  }
  CHECK(wanted.empty());
}

TEST_CASE("lowering ends at the smallest arch") {
  const ToySpace space(2);
  const Moves moves(space, nullptr);
  Rng rng(7);
  CHECK(moves.lower(space.largest(), 1000, rng) == space.smallest());
  const Arch once = moves.lower(space.parse("d=1 ks=3 e=2 r=28"), 1, rng);
  CHECK(space.print(once) == "d=1,1 ks=3,0,0,3,0,0 e=2,0,0,2,0,0 r=24");
}

TEST_CASE("where nothing is free nothing moves") {
  const ToySpace space;
  const Restriction only = space.restrict({{"r", {16}}, {"ks", {3}}, {"d", {1}}, {"e", {2}}});
  const Moves moves(space, &only);
  Rng rng(1);
  CHECK(moves.free_slots(moves.smallest()) == 0);
  CHECK(moves.neighbours(moves.smallest()).empty());
  CHECK(moves.change_one(moves.smallest(), rng) == moves.smallest());
  CHECK(moves.lower(moves.smallest(), 5, rng) == moves.smallest());
}

TEST_CASE("a slot without any choice left is an error") {
  const ToySpace space;
  Restriction only = space.restrict({});
  only.allowed[0] = {false, false, false};
  CHECK(test::error_text<ConfigError>([&] { Moves(space, &only); }) ==
        "the restriction leaves no choice for d[0] of 'toy'");
}

}  // namespace
}  // namespace tailor::search
