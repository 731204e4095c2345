#include "supernet/families/proxylessnas_keys.h"

#include <set>

#include "supernet/space/cost.h"
#include "tests/support/error_text.h"
#include "tests/support/replaced.h"
#include "tests/support/spaces.h"

#include "tests/support/catch.h"

using namespace tailor;

namespace {

const char* const kOwn = R"(family: mobilenet
name: own
classes: 10
channels: 1
resolutions: [16]
own_weights: true
kernel_transform: false
stem: {width: 8, stride: 2, activation: relu6}
first: {width: 8, activation: relu6, residual: false}
stages:
  - {width: 8, activation: relu6, kernel: [0, 3, 5], expand: [1, 1.5], depth: [2]}
  - {width: 16, stride: 2, activation: relu6, kernel: [3], expand: [2], depth: [1]}
feature_mix: {width: 32, activation: relu6}
)";

}  // namespace

TEST_CASE("ProxylessNAS's keys: candidates count kernels first, then ratios") {
  const auto space = test::space_of(kOwn);
  const auto super = [&](const std::string& ours) { return space->published_name(ours); };
  CHECK(super("stage1.block2.k3_e1.depthwise.conv.weight") ==
        "blocks.2.mobile_inverted_conv.candidate_ops.0.depth_conv.conv.weight");
  CHECK(super("stage1.block2.k5_e1.5.expand.bn.running_mean") ==
        "blocks.2.mobile_inverted_conv.candidate_ops.3.inverted_bottleneck.bn.running_mean");
  CHECK(super("stage2.block1.k3_e2.project.bn.weight") ==
        "blocks.3.mobile_inverted_conv.candidate_ops.0.point_linear.bn.weight");
  CHECK(super("first.depthwise.conv.weight") ==
        "blocks.0.mobile_inverted_conv.depth_conv.conv.weight");
  CHECK(super("stem.conv.weight") == "first_conv.conv.weight");
  CHECK(super("classifier.linear.bias") == "classifier.linear.bias");
  // A block that is left out keeps its number.
  const Arch arch = space->parse("ks=3,0,3 e=1,0,2 d=2,1 r=16");
  CHECK(space->published_subnet_name(arch, "stage2.block1.k3_e2.expand.conv.weight") ==
        "blocks.3.mobile_inverted_conv.inverted_bottleneck.conv.weight");
  CHECK_THROWS_AS(super("stage1.block2.k9_e1.expand.conv.weight"), Error);
  CHECK_THROWS_AS(super("stage7.block2.k3_e1.expand.conv.weight"), Error);
}

TEST_CASE("weights of their own: the covering archs hold all of every arch") {
  const auto space = test::space_of(kOwn);
  const auto names = [&](const std::vector<Arch>& archs) {
    std::set<std::string> out;
    for (const Arch& arch : archs) {
      for (const BlockUse& use : space->lower(arch).blocks) {
        for (const Node& node : use.block->nodes) {
          for (const WeightRef& ref : node.weights) {
            out.insert(ref.name);
            CHECK(ref.full_shape() == ref.used_shape());
          }
        }
      }
    }
    return out;
  };
  CHECK(names(space->covering()) == names(space->enumerate()));
}

TEST_CASE("weights of their own: networks cost what they cost with shared ones") {
  const auto own = test::space_of(test::replaced(kOwn, "[1, 1.5]", "[1.5, 3]"));
  const auto shared = test::space_of(
      test::replaced(test::replaced(kOwn, "[1, 1.5]", "[1.5, 3]"), "own_weights: true", ""));
  for (const Arch& arch : own->enumerate()) {
    const Cost a = network_cost(own->lower(arch));
    const Cost b = network_cost(shared->lower(shared->parse(own->print(arch))));
    CHECK(a.macs == b.macs);
    CHECK(a.params == b.params);
  }
}
