// covers: supernet/families/image_options.cpp
#include "supernet/families/image_options.h"

#include "core/error.h"
#include "supernet/space/cost.h"
#include "tests/support/catch.h"
#include "tests/support/error_text.h"
#include "tests/support/spaces.h"

using namespace tailor;
using tailor::test::error_text;
using tailor::test::space_of;

namespace {

const char* const kTiny = R"(family: xception
classes: 10
channels: 1
resolutions: [16, 24]
stem: [8, 16]
head: [48]
stages:
  - {width: 32, stride: 2, convs: 2, kernel: [3, 5], expand: [0.5, 1], depth: [1]}
  - {width: 32, stride: 1, convs: 3, kernel: [3, 5], expand: [0.5, 1], depth: [1, 2]}
)";

std::string config_error(const std::string& yaml) {
  return error_text<ConfigError>([&] { space_of("family: xception\n" + yaml); });
}

}  // namespace

TEST_CASE("xception's axes are kernel, expansion, depth and image size") {
  const auto space = space_of(kTiny);
  CHECK(space->groups() == std::vector<std::string>{"ks", "e", "d", "r"});
  CHECK(space->count() == 2 * 4 * (4 + 16));
  CHECK(space->print(space->largest()) == "ks=5,5,5 e=1,1,1 d=1,2 r=24");
}

TEST_CASE("xception's blocks halve the map and add their shortcut") {
  const auto space = space_of(kTiny);
  const NetworkSpec spec = space->lower(space->parse("ks=3 e=0.5 d=1 r=24"));
  REQUIRE(spec.blocks.size() == 6);
  CHECK(spec.blocks[1].block->output() == Shape{1, 16, 12, 12});
  CHECK(spec.blocks[2].block->output() == Shape{1, 32, 6, 6});
  CHECK(spec.blocks[4].block->output() == Shape{1, 48, 6, 6});
  // Two separable convolutions 16 -> 16 -> 32 at 12 x 12, and the shortcut at 6 x 6.
  CHECK(spec.blocks[2].block->macs == 144 * (16 * 9 + 16 * 16 + 16 * 9 + 16 * 32) + 36 * 16 * 32);
}

TEST_CASE("xception refuses choices that make no network") {
  CHECK(config_error("classes: 3\n") == "test.yaml:1:1: stages: must hold at least one stage");
  CHECK(config_error("stem: []\nstages:\n  - {width: 8}\n").find("at least one width") !=
        std::string::npos);
  CHECK(config_error("stages:\n  - {width: 8, kernel: [4]}\n").find("must be odd, got 4") !=
        std::string::npos);
}

TEST_CASE("inner widths are rounded to whole numbers, then to multiples of 8") {
  CHECK(inner_width(16, 3) == 48);
  CHECK(inner_width(256, 0.35) == 88);
  CHECK(inner_width(10, 0.05) == 8);
}
