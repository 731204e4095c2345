#include "supernet/families/published_keys.h"

#include <set>

#include "core/error.h"
#include "tests/support/catch.h"
#include "tests/support/error_text.h"
#include "tests/support/spaces.h"

using namespace tailor;
using tailor::test::error_text;

TEST_CASE("mobilenet's parameters have the published names") {
  const auto space = test::shipped_space("ofa_mobilenet_v3_w1.0");
  const auto name = [&](const std::string& ours) { return space->published_name(ours); };
  CHECK(name("stem.conv.weight") == "first_conv.conv.weight");
  CHECK(name("first.depthwise.bn.bias") == "blocks.0.conv.depth_conv.bn.bias");
  CHECK(name("stage1.block1.depthwise.conv.7to5_matrix") ==
        "blocks.1.conv.depth_conv.conv.7to5_matrix");
  CHECK(name("stage2.block1.expand.conv.weight") ==
        "blocks.5.conv.inverted_bottleneck.conv.conv.weight");
  CHECK(name("stage2.block4.se.reduce.conv.bias") == "blocks.8.conv.depth_conv.se.fc.reduce.bias");
  CHECK(name("stage5.block4.project.bn.running_var") ==
        "blocks.20.conv.point_linear.bn.bn.running_var");
  CHECK(name("classifier.linear.bias") == "classifier.linear.bias");
  CHECK(error_text<Error>([&] { name("stage2.block5.expand.conv.weight"); }) ==
        "'stage2.block5.expand.conv.weight' is no parameter of a network with stages of "
        "4, 4, 4, 4, 4 blocks: it has no published name");
  CHECK_THROWS_AS(name("stage1.block1.warp.weight"), Error);
  CHECK_THROWS_AS(name("stage0.block1.expand.conv.weight"), Error);
}

TEST_CASE("a network alone has its own published names") {
  const auto space = test::shipped_space("ofa_mobilenet_v3_w1.0");
  const Arch arch = space->parse("ks=3 e=3 d=2,4,3,2,2 r=224");
  const auto name = [&](const std::string& ours) {
    return space->published_subnet_name(arch, ours);
  };
  CHECK(name("stem.conv.weight") == "first_conv.conv.weight");
  CHECK(name("stage1.block2.expand.conv.weight") ==
        "blocks.2.conv.inverted_bottleneck.conv.weight");
  CHECK(name("stage2.block1.depthwise.bn.weight") == "blocks.3.conv.depth_conv.bn.weight");
  CHECK(name("stage4.block1.se.expand.conv.bias") == "blocks.10.conv.depth_conv.se.fc.expand.bias");
  CHECK_THROWS_AS(name("stage1.block3.expand.conv.weight"), Error);
}

TEST_CASE("resnet50d's parameters have the published names") {
  const auto name = [](const std::string& ours) {
    return resnet50d_published_name(ours, {4, 4, 6, 4});
  };
  CHECK(name("stem.first.conv.weight") == "input_stem.0.conv.conv.weight");
  CHECK(name("stem.residual.bn.bias") == "input_stem.1.conv.bn.bn.bias");
  CHECK(name("stem.last.bn.running_mean") == "input_stem.2.bn.bn.running_mean");
  CHECK(name("stage2.block1.conv1.bn.weight") == "blocks.4.conv1.bn.bn.weight");
  CHECK(name("stage4.block4.conv3.conv.weight") == "blocks.17.conv3.conv.conv.weight");
  CHECK(name("stage2.block1.downsample.conv.weight") == "blocks.4.downsample.conv.conv.weight");
  CHECK(name("classifier.linear.bias") == "classifier.linear.linear.bias");
  CHECK_THROWS_AS(name("stage2.block5.conv1.bn.weight"), Error);
  CHECK_THROWS_AS(name("stage2.block1.weight"), Error);
}

TEST_CASE("a family without published files keeps its own names") {
  CHECK(test::shipped_space("xception")->published_name("stem1.conv.weight") ==
        "stem1.conv.weight");
}
