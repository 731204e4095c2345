// covers: supernet/families/mobilenet_options.cpp
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
  return error_text<ConfigError>([&] { space_of("family: mobilenet\n" + yaml); });
}

std::string stage_error(const std::string& stage) {
  return config_error("stages:\n  - {width: 16, " + stage + "}\n");
}

std::unique_ptr<SearchSpace> one_stage(const std::string& stage, const std::string& more = "") {
  return space_of("family: mobilenet\nclasses: 4\nresolutions: [16]\nstem: {width: 8}\n" + more +
                  "stages:\n  - {" + stage + "}\n");
}

const Node* find_node(const NetworkSpec& spec, const std::string& name) {
  for (const BlockUse& use : spec.blocks) {
    for (const Node& node : use.block->nodes) {
      if (node.name == name) return &node;
    }
  }
  return nullptr;
}

}  // namespace

TEST_CASE("mobilenet's axes are kernel, ratio, depth and image size") {
  const auto space = space_of(test::kTinyMobileNet);
  CHECK(space->groups() == std::vector<std::string>{"ks", "e", "d", "r"});
  CHECK(space->axes().size() == 3 + 3 + 2 + 1);
  CHECK(space->axes()[1].where == "stage1.block2");
  CHECK(space->count() == 40);
}

TEST_CASE("mobilenet refuses choices that make no network") {
  CHECK(config_error("classes: 3\n") == "test.yaml:1:1: stages: must hold at least one stage");
  CHECK(stage_error("kernel: [4]") == "test.yaml:3:25: stages.0.kernel: must be odd (or 0), got 4");
  CHECK(stage_error("kernel: [0]") == "test.yaml:3:25: stages.0.kernel: must hold a size above 0");
  CHECK(stage_error("expand: []") ==
        "test.yaml:3:25: stages.0.expand: must hold at least one choice");
  CHECK(stage_error("depth: [2, 2]") == "test.yaml:3:24: stages.0.depth: holds 2 twice");
  CHECK(stage_error("kernel: [0, 3], depth: [1, 2]") ==
        "test.yaml:3:40: stages.0.depth: must hold one depth where kernel 0 can skip blocks");
  CHECK(config_error("stem: {kernel: 4}\nstages:\n  - {width: 8}\n") ==
        "test.yaml:2:16: stem.kernel: must be odd, got 4");
}

TEST_CASE("mobilenet refuses unknown, missing and wild fields") {
  CHECK(stage_error("kernels: [3]").find("kernels") != std::string::npos);
  CHECK(config_error("stages:\n  - {stride: 2}\n").find("width") != std::string::npos);
  CHECK(stage_error("activation: rleu").find("activation") != std::string::npos);
  CHECK(stage_error("depth: [33]").find("must be in [1, 32], got 33") != std::string::npos);
  CHECK(error_text<UnknownNameError>([] {
          space_of("family: mobilnet");
        }).find("unknown family 'mobilnet'; did you mean 'mobilenet'?") != std::string::npos);
}

TEST_CASE("a resolution too small for the network names the node") {
  const auto space = one_stage("width: 16");
  CHECK(space->lower(space->largest(), {.resolution = 1}).output() == Shape{1, 4});
  const auto pooled = space->lower(space->largest(), {.batch = 3});
  CHECK(pooled.inputs[0] == Shape{3, 3, 16, 16});
}

TEST_CASE("ratios that round to the same channels are one network") {
  // 8 x 2 and 8 x 2.1 are both 16 channels
  const auto space = one_stage("width: 8, expand: [2, 2.1, 4]");
  CHECK(space->count() == 2);
  CHECK(space->parse("ks=3 e=2.1 d=1 r=16") == space->parse("ks=3 e=2 d=1 r=16"));
  CHECK(find_node(space->lower(space->smallest()), "stage1.block1.expand.conv") != nullptr);
}

TEST_CASE("ratio 1 alone needs no expansion, beside others it does") {
  const auto plain = one_stage("width: 8, expand: [1]");
  CHECK(find_node(plain->lower(plain->largest()), "stage1.block1.expand.conv") == nullptr);
  const auto elastic = one_stage("width: 8, expand: [1, 2]");
  const NetworkSpec spec = elastic->lower(elastic->smallest());
  REQUIRE(find_node(spec, "stage1.block1.expand.conv") != nullptr);
  CHECK(find_node(spec, "stage1.block1.expand.conv")->weights[0].used_shape() == Shape{8, 8, 1, 1});
}

TEST_CASE("kernel 0 skips every block but a stage's first") {
  const auto space = one_stage("width: 8, kernel: [0, 3, 5], expand: [2, 3], depth: [3]");
  CHECK(space->count() == 4 * 5 * 5);
  const Arch arch = space->parse("ks=3,0,5 e=2,0,3 d=3 r=16");
  const NetworkSpec spec = space->lower(arch);
  CHECK(space->print(arch) == "ks=3,0,5 e=2,0,3 d=3 r=16");
  CHECK(find_node(spec, "stage1.block2.depthwise.conv") == nullptr);
  CHECK(find_node(spec, "stage1.block3.depthwise.conv") != nullptr);
  CHECK_THROWS_AS(space->parse("ks=0,3,3 e=2 d=3 r=16"), ConfigError);
}

TEST_CASE("fewer blocks leave out the last ones") {
  const auto space = space_of(test::kTinyMobileNet);
  const NetworkSpec spec = space->lower(space->parse("ks=3 e=2,2,3 d=1,1 r=16"));
  CHECK(find_node(spec, "stage1.block1.project.conv") != nullptr);
  CHECK(find_node(spec, "stage1.block2.project.conv") == nullptr);
}

TEST_CASE("the head is what the config says") {
  const std::string stage = "width: 16";
  const auto mixed = one_stage(stage,
                               "final_expand: {width: 32}\n"
                               "feature_mix: {width: 40, after_pool: true}\n");
  const NetworkSpec spec = mixed->lower(mixed->largest());
  REQUIRE(find_node(spec, "feature_mix.conv") != nullptr);
  CHECK(find_node(spec, "feature_mix.bn") == nullptr);
  CHECK(find_node(spec, "feature_mix.conv")->shape == Shape{1, 40, 1, 1});
  CHECK(find_node(spec, "final_expand.bn") != nullptr);
  CHECK(find_node(spec, "classifier.pool") == nullptr);
  const auto bare = one_stage(stage);
  CHECK(find_node(bare->lower(bare->largest()), "classifier.pool") != nullptr);
}

TEST_CASE("the width multiplier scales every width to multiples of 8") {
  const auto space = one_stage("width: 16, expand: [3]", "width_mult: 1.2\nfirst: {width: 16}\n");
  const NetworkSpec spec = space->lower(space->largest());
  CHECK(find_node(spec, "stem.conv")->shape[1] == 16);
  CHECK(find_node(spec, "first.project.conv")->shape[1] == 24);
  CHECK(find_node(spec, "stage1.block1.expand.conv")->shape[1] == 72);
}

TEST_CASE("a stage's blocks share the label of its trunk") {
  const auto space = space_of(test::kTinyMobileNet);
  const NetworkSpec spec = space->lower(space->largest());
  const Node* project = find_node(spec, "stage1.block1.project.conv");
  const Node* expand = find_node(spec, "stage1.block2.expand.conv");
  CHECK(project->weights[0].dims[0].label == "stage1");
  CHECK(project->weights[0].dims[1].label == "stage1.block1.mid");
  CHECK(expand->weights[0].dims[1].label == "stage1");
}
