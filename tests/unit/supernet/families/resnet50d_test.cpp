#include <algorithm>

#include "core/error.h"
#include "supernet/space/cost.h"
#include "tests/support/catch.h"
#include "tests/support/error_text.h"
#include "tests/support/spaces.h"

using namespace tailor;
using tailor::test::error_text;
using tailor::test::space_of;

namespace {

// Two stages of 1 to 2 blocks.
const char* const kTiny = R"(family: resnet50d
classes: 10
resolutions: [32]
width_mults: [0.5, 1.0]
expand: [0.25, 0.5]
extra_depth: [0, 1]
stem_width: 32
stages:
  - {width: 64, depth: 1, stride: 1}
  - {width: 128, depth: 1, stride: 2}
)";

}  // namespace

TEST_CASE("resnet50d's axes are expansion, depth, widths and image size") {
  const auto space = space_of(kTiny);
  CHECK(space->groups() == std::vector<std::string>{"e", "d", "w", "r"});
  CHECK(space->print(space->largest()) == "e=0.5,0.5,0.5,0.5 d=1,1,1 w=1,1,1,1 r=32");
  // Stem: inside 8 or 16, out 16 or 32, residual layer or not; a stage: 2 widths, 2 + 4 ratios.
  CHECK(space->count() == 2 * 2 * 2 * 12 * 12);
}

TEST_CASE("resnet50d keeps the stem's residual layer at the largest depth only") {
  const auto space = space_of(kTiny);
  CHECK(test::block_names(space->lower(space->parse("e=0.5 d=0,1,0 w=1 r=32"))) ==
        std::vector<std::string>{"stem.first", "stem.last", "stage1.block1", "stage1.block2",
                                 "stage2.block1", "classifier"});
  CHECK(test::block_names(space->lower(space->largest()))[1] == "stem.residual");
}

TEST_CASE("resnet50d's widths change the stem and each stage") {
  const auto space = space_of(kTiny);
  const NetworkSpec spec = space->lower(space->parse("e=0.25 d=0 w=0,1,0,1 r=32"));
  CHECK(spec.blocks[0].block->output() == Shape{1, 8, 16, 16});
  CHECK(spec.blocks[1].block->output() == Shape{1, 32, 8, 8});
  CHECK(spec.blocks[2].block->output() == Shape{1, 32, 8, 8});
  CHECK(spec.blocks[3].block->output() == Shape{1, 128, 4, 4});
}

TEST_CASE("resnet50d refuses ratios that are one network at some widths only") {
  const std::string yaml =
      "family: resnet50d\nwidth_mults: [0.25, 1]\nexpand: [0.25, 0.3]\nstages:\n  - {width: 64}\n";
  CHECK(error_text<ConfigError>([&] { space_of(yaml); }).find("take ratios further apart") !=
        std::string::npos);
}
