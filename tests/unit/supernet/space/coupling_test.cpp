#include "supernet/space/coupling.h"

#include <set>

#include "core/error.h"
#include "tests/support/error_text.h"
#include "tests/support/random_tables.h"
#include "tests/support/spaces.h"
#include "tests/support/toy_space.h"

#include "tests/support/catch.h"

using namespace tailor;
using tailor::test::error_text;
using tailor::test::ToySpace;

namespace {

CouplingRule read(const std::string& text) {
  return CouplingRule::read(ConfigNode::parse(text, "c.yaml"));
}

std::string refused(const SearchSpace& space, const std::string& text,
                    const std::map<std::string, std::vector<double>>& choices = {}) {
  return error_text<ConfigError>([&] {
    Restriction only = space.restrict(choices);
    couple(space, read(text), only);
  });
}

/// Does an arch keep the rule, told from values alone? Places of random_stages() only.
bool keeps(const SearchSpace& space, const CouplingRule& rule, const Arch& arch) {
  const auto& [leading, values] = rule.groups.front();
  for (const Axis& axis : space.axes()) {
    for (const auto& [group, listed] : rule.groups) {
      if (group == leading || axis.group != group) continue;
      const auto at = static_cast<size_t>(space.axis_index(group, axis.slot));
      if (!arch.active(at)) continue;
      int leader = 0;
      for (const Axis& other : space.axes()) {
        const bool here = other.where == axis.where || other.where == axis.where.substr(0, 2);
        if (other.group == leading && here) leader = other.slot;
      }
      const double held = space.value(arch, leading, leader);
      for (size_t i = 0; i < values.size(); ++i) {
        if (values[i] != held) continue;
        const auto place = std::find(axis.values.begin(), axis.values.end(), listed[i]);
        if (axis.same_as[static_cast<size_t>(place - axis.values.begin())] != arch[at])
          return false;
      }
    }
  }
  return true;
}

TEST_CASE("coupled axes leave exactly the archs that keep the rule") {
  int coupled = 0;
  for (int64_t run = 0; run < 200; ++run) {
    INFO("run " << run);
    Rng rng = Rng(5).fork("coupling", {run});
    const test::AxesSpace space(test::random_stages(rng));
    const CouplingRule rule = test::random_coupling(rng);
    Restriction base = space.restrict({});
    for (size_t i = 0; i < space.axes().size() && rng.coin(0.8); ++i) {
      // Followers are left free: see the case below.
      if (space.axes()[i].group != rule.groups.front().first) continue;
      base.allowed[i][static_cast<size_t>(rng.below(std::ssize(space.axes()[i].values)))] = false;
    }
    Restriction only = base;
    std::set<Arch> right;
    for (const Arch& arch : space.enumerate()) {
      // A leader's values that are the same network as another's do not occur here, but for e.
      if (space.allows(base, arch) && keeps(space, rule, arch)) right.insert(arch);
    }
    try {
      couple(space, rule, only);
    } catch (const ConfigError&) {
      continue;
    }
    ++coupled;
    std::set<Arch> left;
    for (const Arch& arch : space.enumerate()) {
      if (space.allows(only, arch)) left.insert(arch);
    }
    CHECK(left == right);
    CHECK(space.count(&only) == static_cast<double>(right.size()));
    std::set<Arch> drawn;
    Arch last = space.sample(rng, &only);
    for (size_t i = 0; i < 30 * right.size() && i < 4000; ++i) {
      const Arch arch = space.sample(rng, &only);
      drawn.insert(arch);
      CHECK(right.contains(arch));
      CHECK(right.contains(space.sample_choices(rng, &only)));
      CHECK(right.contains(space.mutate(space.sample(rng), 0.3, rng, &only)));
      CHECK(right.contains(space.crossover(last, arch, rng, &only)));
      last = arch;
    }
    if (30 * right.size() < 4000) CHECK(drawn == right);
  }
  CHECK(coupled > 120);
}

TEST_CASE("a leader loses the choices for which a follower that may matter has none") {
  const ToySpace space(1);
  Restriction only = space.restrict({{"e", {2, 4}}});
  couple(space, read("{d: [1, 2, 3], e: [2, 4, 6]}"), only);
  CHECK(only.allowed[0] == std::vector<bool>{true, true, false});
  Restriction sized = space.restrict({{"e", {2, 4}}});
  couple(space, read("{r: [16, 20, 24, 28], e: [2, 4, 6, 4]}"), sized);
  CHECK(sized.allowed.back() == std::vector<bool>{true, true, false, true});
  CHECK(space.count(&sized) == 3 * (3 + 9 + 27));
}

TEST_CASE("sampling coupled networks is uniform") {
  const ToySpace space(1);
  Restriction only = space.restrict({{"r", {16}}, {"ks", {3, 5}}});
  couple(space, read("{d: [1, 2, 3], e: [2, 4, 6]}"), only);
  CHECK(space.count(&only) == 2 + 4 + 8);
  std::map<double, int> depths;
  Rng rng(4);
  for (int i = 0; i < 14000; ++i) ++depths[space.value(space.sample(rng, &only), "d")];
  CHECK(std::abs(depths[1] - 2000) < 200);  // 4.8 standard deviations
  CHECK(std::abs(depths[2] - 4000) < 260);
}

TEST_CASE("a stage leads the blocks whose place it names, an axis that stands alone leads all") {
  const auto space = test::shipped_space("ofa_mobilenet_v3_w1.0");
  Restriction only = space->restrict({});
  couple(*space, read("{d: [2, 3, 4], e: [3, 4, 6]}"), only);
  CHECK(only.couplings.size() == 20);
  Rng rng(1);
  const Arch arch = space->sample(rng, &only);
  for (int s = 0; s < 5; ++s) {
    const std::map<double, double> pairs = {{2, 3}, {3, 4}, {4, 6}};
    CHECK(space->value(arch, "e", 4 * s + 1) == pairs.at(space->value(arch, "d", s)));
  }
  Restriction sized = space->restrict({{"r", {192, 224}}});
  couple(*space, read("{r: [192, 224], d: [2, 4]}"), sized);
  CHECK(sized.couplings.size() == 5);
  const Arch large = space->arch(space->largest().choices(), &sized);
  CHECK(space->values(large, "d") == std::vector<double>(5, 4));
}

TEST_CASE("the order of the groups says nothing") {
  const ToySpace space(2);
  Restriction one = space.restrict({}), other = space.restrict({});
  couple(space, read("{d: [1, 2, 3], e: [2, 4, 4]}"), one);
  couple(space, read("{e: [2, 4, 4], d: [1, 2, 3]}"), other);
  CHECK(one.allowed == other.allowed);
  REQUIRE(one.couplings.size() == other.couplings.size());
  for (size_t i = 0; i < one.couplings.size(); ++i) {
    CHECK(one.couplings[i].leader == other.couplings[i].leader);
    CHECK(one.couplings[i].choice == other.couplings[i].choice);
  }
}

TEST_CASE("a leader's equal choices lead alike, whichever is named") {
  Axis size = number_axis("d", 0, "net", {1, 2, 3});
  size.same_as = {0, 0, 2};
  const test::AxesSpace space({size, number_axis("w", 0, "net.a", {4, 5, 6})});
  Restriction only = space.restrict({});
  couple(space, read("{d: [1, 3], w: [4, 6]}"), only);
  for (int8_t d = 0; d < 3; ++d) {
    for (int8_t w = 0; w < 3; ++w) {
      const Arch arch = space.arch(std::vector<int8_t>{d, w}, &only);
      CHECK(space.allows(only, arch));
      CHECK(space.value(arch, "w") == (d == 2 ? 6 : 4));
    }
  }
}

TEST_CASE("a coupling that makes no sense is refused") {
  const ToySpace space;
  CHECK(refused(space, "{d: [1, 2]}").find("another group") != std::string::npos);
  CHECK(refused(space, "{d: [1, 2], e: [2]}").find("one value for each of 2 of d, got 1") !=
        std::string::npos);
  CHECK(refused(space, "{d: [1, 1], e: [2, 4]}").find("1 twice") != std::string::npos);
  CHECK(refused(space, "{d: [1, 2], w: [2, 4]}").find("no axis group 'w'") != std::string::npos);
  CHECK(refused(space, "{d: [1, 2, 3], e: [2, 4, 5]}").find("can be 5") != std::string::npos);
  CHECK(refused(space, "{d: [1, 2], e: [2, 4]}").find("nothing is coupled to d[0] = 3") !=
        std::string::npos);
  const test::AxesSpace apart(
      {number_axis("a", 0, "here", {1, 2}), number_axis("a", 1, "there", {1, 2}),
       number_axis("b", 0, "one", {1, 2}), number_axis("b", 1, "two", {1, 2})});
  CHECK(refused(apart, "{a: [1, 2], b: [1, 2]}").find("of a, b, none can lead") !=
        std::string::npos);
  CHECK(refused(space, "{d: [1, 2, 3], e: [2, 2, 2]}", {{"e", {4}}}).find("no choice") !=
        std::string::npos);
  Restriction only = space.restrict({{"d", {1, 2}}});
  CHECK_NOTHROW(couple(space, read("{d: [1, 2, 3], e: [2, 4, 6]}"), only));
}

}  // namespace
