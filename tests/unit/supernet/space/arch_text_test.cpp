#include "core/error.h"
#include "supernet/space/search_space.h"
#include "tests/support/catch.h"
#include "tests/support/error_text.h"
#include "tests/support/spaces.h"

using namespace tailor;
using tailor::test::error_text;
using tailor::test::SlotSpace;

namespace {

std::string parse_error(const std::string& text) {
  return error_text<ConfigError>([&] { SlotSpace().parse(text); });
}

}  // namespace

TEST_CASE("an arch prints one value a slot, 0 where the slot does not matter") {
  const SlotSpace space;
  CHECK(space.print(space.largest()) == "w=8,8,8 d=3");
  CHECK(space.print(space.smallest()) == "w=4,0,0 d=1");
  CHECK(space.parse("w=8,4,0 d=2") == space.parse(" d=2   w=8,5,8 "));
}

TEST_CASE("every arch of a space survives printing and parsing") {
  const SlotSpace space;
  for (const Arch& arch : space.enumerate()) CHECK(space.parse(space.print(arch)) == arch);
}

TEST_CASE("one value stands for every slot, and numbers may be written otherwise") {
  const SlotSpace space;
  CHECK(space.print(space.parse("w=8 d=3")) == "w=8,8,8 d=3");
  CHECK(space.print(space.parse("w=8.0 d=2.00")) == "w=8,8,0 d=2");
}

TEST_CASE("a text that is no arch is refused with the reason") {
  CHECK(parse_error("w=8 d") == "arch 'w=8 d': 'd' is not GROUP=VALUES of 'toy'; groups: w, d");
  CHECK(parse_error("w=8 q=1") ==
        "arch 'w=8 q=1': 'q=1' is not GROUP=VALUES of 'toy'; groups: w, d");
  CHECK(parse_error("w=8") == "arch 'w=8': d is missing");
  CHECK(parse_error("") == "arch '': d is missing");
  CHECK(parse_error("w=8,8 d=3") == "arch 'w=8,8 d=3': w has 3 slots, got 2");
  CHECK(parse_error("w=8 d=1 w=4") == "arch 'w=8 d=1 w=4': w is given twice");
}

TEST_CASE("a value that a slot cannot hold is refused naming slot and choices") {
  CHECK(parse_error("w=8,9,8 d=3") ==
        "arch 'w=8,9,8 d=3': w[1] (block2) must be one of 4, 5, 8, got 9");
  CHECK(parse_error("w=8,0,8 d=3") ==
        "arch 'w=8,0,8 d=3': w[1] (block2) must be one of 4, 5, 8, got 0");
  CHECK(parse_error("w=8 d=") ==
        "arch 'w=8 d=': d[0] (network) must be one of 1, 2, 3, got nothing");
  CHECK(parse_error("w=8,7,8 d=1") ==
        "arch 'w=8,7,8 d=1': w[1] (block2) must be one of 4, 5, 8, got 7");
}

TEST_CASE("values are read by group and slot") {
  const SlotSpace space;
  const Arch arch = space.parse("w=4,8,0 d=2");
  CHECK(space.value(arch, "w", 1) == 8);
  CHECK(space.value(arch, "w", 2) == 0);
  CHECK(space.value(arch, "w", 2, -1) == -1);
  CHECK(space.values(arch, "w") == std::vector<double>{4, 8, 0});
  CHECK(error_text<Error>([&] { space.value(arch, "w", 3); }) == "'toy' has no axis w[3]");
  CHECK(error_text<Error>([&] { space.values(arch, "q"); }) == "'toy' has no axis group 'q'");
}

TEST_CASE("groups and axes are found by name") {
  const SlotSpace space;
  CHECK(space.groups() == std::vector<std::string>{"w", "d"});
  CHECK(space.axis_index("w", 2) == 2);
  CHECK(space.axis_index("d", 0) == 3);
  CHECK(space.axis_index("d", 1) == -1);
  CHECK(space.axis_index("w", -1) == -1);
}

TEST_CASE("a restriction allows the named values, equal choices together") {
  const SlotSpace space;
  const Restriction only = space.restrict({{"w", {5}}, {"d", {1, 2}}});
  CHECK(space.count(&only) == 2);
  CHECK(space.allows(only, space.parse("w=4 d=2")));
  CHECK_FALSE(space.allows(only, space.parse("w=8,4,4 d=2")));
  CHECK_FALSE(space.allows(only, space.parse("w=4 d=3")));
}

TEST_CASE("a restriction to nothing that is there is refused") {
  const SlotSpace space;
  CHECK(error_text<ConfigError>([&] {
          space.restrict({{"ks", {3}}});
        }) == "'toy' has no axis group 'ks'; groups: w, d");
  CHECK(error_text<ConfigError>([&] {
          space.restrict({{"w", {8, 6}}});
        }) == "no slot of w in 'toy' can be 6");
}

TEST_CASE("a slot with one choice stays free under a restriction of its group") {
  const auto space = test::space_of(test::kTinyMobileNet);
  const Restriction only = space->restrict({{"ks", {5}}});
  CHECK(space->count(&only) == (2 + 4) * 2);
}

TEST_CASE("an encoding is one-hot over active slots") {
  const SlotSpace space;
  REQUIRE(space.encoding_size() == 12);
  std::vector<float> code(12, 7.0f);
  space.encode(space.parse("w=4,8,0 d=2"), code);
  CHECK(code == std::vector<float>{1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0});
}

TEST_CASE("an arch of another space is refused") {
  const SlotSpace space;
  const auto other = test::space_of(test::kTinyMobileNet);
  CHECK_THROWS_AS(space.print(other->largest()), Error);
  CHECK_THROWS_AS(space.lower(other->largest()), Error);
  CHECK_THROWS_AS(space.lower(Arch()), Error);
}
