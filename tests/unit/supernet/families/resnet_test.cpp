#include "core/error.h"
#include "supernet/space/cost.h"
#include "tests/support/catch.h"
#include "tests/support/error_text.h"
#include "tests/support/spaces.h"

using namespace tailor;
using tailor::test::error_text;
using tailor::test::space_of;

namespace {

std::string config_error(const std::string& yaml) {
  return error_text<ConfigError>([&] { space_of("family: resnet\n" + yaml); });
}

}  // namespace

TEST_CASE("resnet's axes are width, depth and image size") {
  const auto space = space_of(test::kTinyResNet);
  CHECK(space->groups() == std::vector<std::string>{"w", "d", "r"});
  CHECK(space->count() == 16);
  CHECK(space->print(space->largest()) == "w=16,24 d=2,2 r=12");
}

TEST_CASE("resnet refuses choices that make no network") {
  CHECK(config_error("classes: 3\n") == "test.yaml:1:1: stages: must hold at least one stage");
  CHECK(config_error("stages:\n  - {width: []}\n") ==
        "test.yaml:3:13: stages.0.width: must hold at least one choice");
  CHECK(config_error("stages:\n  - {width: [8, 8]}\n") ==
        "test.yaml:3:13: stages.0.width: holds 8 twice");
  CHECK(config_error("stages:\n  - {depth: [0]}\n").find("must be in [1, 64], got 0") !=
        std::string::npos);
}

TEST_CASE("resnet keeps the first blocks of a stage") {
  const auto space = space_of(test::kTinyResNet);
  CHECK(test::block_names(space->lower(space->parse("w=8,16 d=2,1 r=12"))) ==
        std::vector<std::string>{"stem", "stage1.block1", "stage1.block2", "stage2.block1",
                                 "classifier"});
}

TEST_CASE("resnet's cost is what its convolutions cost") {
  const auto space = space_of(test::kTinyResNet);
  const Cost cost = network_cost(space->lower(space->parse("w=8,16 d=1,1 r=12")));
  const int64_t stem = 144 * 8 * 9, first = 144 * (8 * 8 * 9 * 2 + 8 * 8);
  const int64_t second = 36 * (16 * 8 * 9 + 16 * 16 * 9 + 16 * 8), head = 16 * 10;
  CHECK(cost.macs == stem + first + second + head);
  CHECK(cost.params == 8 * 9 + 16 + (8 * 8 * 9 * 2 + 8 * 8 + 6 * 8) +
                           (16 * 8 * 9 + 16 * 16 * 9 + 16 * 8 + 6 * 16) + 16 * 10 + 10);
}

TEST_CASE("resnet's narrower stages use the first channels of the widest") {
  const auto space = space_of(test::kTinyResNet);
  const NetworkSpec spec = space->lower(space->smallest());
  const WeightRef& weight = spec.blocks[2].block->nodes[0].weights[0];
  CHECK(weight.name == "stage2.block1.conv1.conv.weight");
  CHECK(weight.full_shape() == Shape{24, 16, 3, 3});
  CHECK(weight.used_shape() == Shape{16, 8, 3, 3});
  CHECK(weight.dims[1].label == "stage1");
}

TEST_CASE("resnet's activation follows the sum") {
  const auto space = space_of(test::kTinyResNet);
  const NetworkSpec spec = space->lower(space->largest());
  const Block& block = *spec.blocks[2].block;
  CHECK(block.nodes.back().op->text() == "activation(function=relu)");
  CHECK(block.nodes[block.nodes.size() - 2].op->kind() == "add");
  CHECK(block.nodes[block.nodes.size() - 2].inputs.back() == 0);
}
