#include "supernet/space/search_space.h"

#include <map>
#include <set>

#include "core/error.h"
#include "tests/support/catch.h"
#include "tests/support/error_text.h"
#include "tests/support/spaces.h"

using namespace tailor;
using tailor::test::error_text;
using tailor::test::SlotSpace;

namespace {

std::vector<int8_t> bytes(std::initializer_list<int> choices) {
  std::vector<int8_t> out;
  for (int c : choices) out.push_back(static_cast<int8_t>(c));
  return out;
}

/// Sum over cells of (seen - expected)^2 / expected.
double chi_square(const std::map<std::string, int>& seen, double expected, size_t cells) {
  double sum = static_cast<double>(cells - seen.size()) * expected;
  for (const auto& [name, n] : seen) sum += (n - expected) * (n - expected) / expected;
  return sum;
}

}  // namespace

TEST_CASE("choices that do not matter are normalised away") {
  const SlotSpace space;
  const Arch arch = space.arch(bytes({2, 1, 0, 0}));
  CHECK(arch == space.arch(bytes({2, 0, 2, 0})));
  CHECK(arch == space.arch(bytes({2, -1, 100, 0})));
  CHECK(space.print(arch) == "w=8,0,0 d=1");
}

TEST_CASE("choices that give the same network become the first of them") {
  const SlotSpace space;
  CHECK(space.arch(bytes({1, 2, 0, 1})) == space.arch(bytes({0, 2, 0, 1})));
  CHECK(space.parse("w=5 d=3") == space.parse("w=4 d=3"));
}

TEST_CASE("choice indices are checked") {
  const SlotSpace space;
  CHECK(error_text<Error>([&] {
          space.arch(bytes({0, 0}));
        }) == "an arch of 'toy' has 4 choices, got 2");
  CHECK(error_text<Error>([&] {
          space.arch(bytes({3, 0, 0, 0}));
        }) == "w[0] of 'toy' has 3 choices, got index 3");
  CHECK(error_text<Error>([&] {
          space.arch(bytes({0, 0, 0, -1}));
        }) == "d[0] of 'toy' has 3 choices, got index -1");
}

TEST_CASE("counting agrees with listing") {
  const SlotSpace space;
  CHECK(space.count() == 14);
  const std::vector<Arch> all = space.enumerate();
  CHECK(all.size() == 14);
  CHECK(std::set<Arch>(all.begin(), all.end()).size() == 14);
  CHECK(error_text<Error>([&] { space.enumerate(13); }) == "'toy' has 14 archs, more than 13");
}

TEST_CASE("counting and listing agree under a restriction") {
  const SlotSpace space;
  const Restriction only = space.restrict({{"w", {8}}, {"d", {2, 3}}});
  size_t allowed = 0;
  for (const Arch& arch : space.enumerate()) allowed += space.allows(only, arch);
  CHECK(space.count(&only) == static_cast<double>(allowed));
  CHECK(allowed == 2);
}

TEST_CASE("sample is uniform over distinct networks") {
  const SlotSpace space;
  Rng rng(3);
  std::map<std::string, int> seen;
  for (int i = 0; i < 14000; ++i) ++seen[space.print(space.sample(rng))];
  CHECK(chi_square(seen, 1000, 14) < 34.5);  // 13 degrees of freedom, one in a thousand
}

TEST_CASE("sample_choices is uniform over the choices of each slot") {
  const SlotSpace space;
  Rng rng(4);
  std::map<std::string, int> depths, widths;
  for (int i = 0; i < 9000; ++i) {
    const Arch arch = space.sample_choices(rng);
    ++depths[str(space.value(arch, "d"))];
    ++widths[str(space.value(arch, "w", 0))];
  }
  CHECK(chi_square(depths, 3000, 3) < 13.8);
  CHECK(chi_square(widths, 4500, 2) < 10.8);
}

TEST_CASE("samples keep to a restriction, uniformly") {
  const SlotSpace space;
  const Restriction only = space.restrict({{"d", {1, 3}}});
  Rng rng(5);
  std::map<std::string, int> seen;
  for (int i = 0; i < 10000; ++i) {
    const Arch arch = space.sample(rng, &only);
    REQUIRE(space.allows(only, arch));
    ++seen[space.print(arch)];
    REQUIRE(space.allows(only, space.sample_choices(rng, &only)));
  }
  CHECK(chi_square(seen, 1000, 10) < 27.9);
}

TEST_CASE("a restriction that leaves nothing is an error") {
  const SlotSpace space;
  Restriction only = space.restrict({});
  only.allowed[3] = {false, false, false};
  Rng rng(1);
  const std::string text = "the restriction leaves no choice for d[0] of 'toy'";
  CHECK(error_text<ConfigError>([&] { space.sample(rng, &only); }) == text);
  CHECK(error_text<ConfigError>([&] { space.sample_choices(rng, &only); }) == text);
  CHECK(error_text<ConfigError>([&] { space.mutate(space.largest(), 1, rng, &only); }) == text);
  CHECK(space.count(&only) == 0);
}

TEST_CASE("what leads to a slot without any choice is avoided") {
  const SlotSpace space;
  Restriction only = space.restrict({});
  only.allowed[2] = {false, false, false};  // so depth 3 is impossible
  CHECK(space.count(&only) == 6);
  Rng rng(1);
  for (int i = 0; i < 200; ++i) {
    CHECK(space.value(space.sample(rng, &only), "d") < 3);
    CHECK(space.value(space.sample_choices(rng, &only), "d") < 3);
    CHECK(space.value(space.mutate(space.largest(), 0.1, rng, &only), "d") < 3);
  }
}

TEST_CASE("mutation with probability 0 changes nothing, with 1 everything may change") {
  const SlotSpace space;
  Rng rng(6);
  std::set<Arch> reached;
  for (int i = 0; i < 500; ++i) {
    CHECK(space.mutate(space.largest(), 0, rng) == space.largest());
    reached.insert(space.mutate(space.largest(), 1, rng));
  }
  CHECK(reached.size() == 14);
}

TEST_CASE("mutation redraws a slot as often as asked") {
  const SlotSpace space;
  Rng rng(7);
  int changed = 0;
  for (int i = 0; i < 60000; ++i) changed += space.mutate(space.smallest(), 0.3, rng)[3] != 0;
  CHECK(changed == Approx(60000 * 0.3 * 2 / 3).epsilon(0.03));
}

TEST_CASE("mutation keeps to a restriction even from outside of it") {
  const SlotSpace space;
  const Restriction only = space.restrict({{"w", {8}}});
  Rng rng(8);
  for (int i = 0; i < 300; ++i) {
    CHECK(space.allows(only, space.mutate(space.smallest(), 0.2, rng, &only)));
    CHECK(space.allows(only, space.mutate(space.largest(), 0.5, rng, &only)));
  }
}

TEST_CASE("crossover takes every slot from a parent in which it matters") {
  const SlotSpace space;
  Rng rng(9);
  const Arch deep = space.parse("w=8,8,8 d=3"), flat = space.parse("w=4 d=1");
  std::set<std::string> seen;
  for (int i = 0; i < 200; ++i) seen.insert(space.print(space.crossover(deep, flat, rng)));
  CHECK(seen == std::set<std::string>{"w=4,0,0 d=1", "w=8,0,0 d=1", "w=4,8,8 d=3", "w=8,8,8 d=3"});
}

TEST_CASE("children of allowed parents are allowed") {
  const auto space = test::space_of(test::kTinyMobileNet);
  const Restriction only = space->restrict({{"e", {3}}, {"r", {16}}});
  Rng rng(10);
  for (int i = 0; i < 300; ++i) {
    const Arch a = space->sample(rng, &only), b = space->sample(rng, &only);
    CHECK(space->allows(only, space->crossover(a, b, rng)));
  }
}

TEST_CASE("largest and smallest are the ends of every axis") {
  const auto space = test::space_of(test::kTinyMobileNet);
  CHECK(space->print(space->largest()) == "ks=5,5,3 e=3,3,3 d=2,1 r=20");
  CHECK(space->print(space->smallest()) == "ks=3,0,3 e=2,0,3 d=1,1 r=16");
}

TEST_CASE("the covering archs reference every parameter there is") {
  for (const char* yaml : {test::kTinyMobileNet, test::kTinyResNet}) {
    const auto space = test::space_of(yaml);
    auto names = [&](const std::vector<Arch>& archs) {
      std::set<std::string> out;
      for (const Arch& arch : archs) {
        for (const BlockUse& use : space->lower(arch).blocks) {
          for (const Node& node : use.block->nodes) {
            for (const WeightRef& ref : node.weights) {
              out.insert(ref.name);
              for (const WeightStep& step : ref.steps) {
                out.insert(std::get<KernelTransform>(step).matrix);
              }
            }
          }
        }
      }
      return out;
    };
    CHECK(names(space->covering()) == names(space->enumerate()));
    CHECK(space->covering().size() < space->enumerate().size());
  }
}

TEST_CASE("axes that contradict each other are refused") {
  class Broken : public SearchSpace {
   public:
    explicit Broken(std::vector<Axis> axes) : SearchSpace("broken", std::move(axes)) {}
    void build(const Arch&, NetworkBuilder&) const override {}
  };
  auto circle = SlotSpace::axes();
  circle[3] = depends_on(circle[3], 0, circle[0], [](double) { return true; });
  CHECK_THROWS_AS(Broken(circle), Error);
  auto twice = SlotSpace::axes();
  twice[1].slot = 0;
  CHECK_THROWS_AS(Broken(twice), Error);
  auto nowhere = SlotSpace::axes();
  nowhere[0].parent = 9;
  CHECK_THROWS_AS(Broken(nowhere), Error);
  auto uneven = SlotSpace::axes();
  uneven[0].active_when.pop_back();
  CHECK_THROWS_AS(Broken(uneven), Error);
  CHECK_THROWS_AS(Broken({number_axis("d", 0, "x", {})}), Error);
}
