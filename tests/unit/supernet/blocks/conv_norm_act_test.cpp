#include "supernet/blocks/conv_norm_act.h"

#include "supernet/ops/conv2d.h"
#include "tests/support/catch.h"

using namespace tailor;

namespace {

std::vector<std::string> node_names(const Block& block) {
  std::vector<std::string> names;
  for (const Node& node : block.nodes) names.push_back(node.name);
  return names;
}

WeightRef depthwise_weight(int64_t used, const std::vector<int64_t>& choices, bool transform) {
  BlockBuilder b("b", {{1, 6, 9, 9}});
  const Width width{8, 6, "mid"};
  conv_norm_act(b, "dw", b.input(), width, width, {used, choices, transform},
                {.depthwise = true, .norm = false});
  return b.finish({})->nodes[0].weights[0];
}

}  // namespace

TEST_CASE("a group has the nodes that apply, named by its part") {
  BlockBuilder b("stem", {{1, 3, 8, 8}});
  conv_norm_act(b, "", b.input(), Width::fixed(3), Width::fixed(8), Kernel::fixed(3),
                {.stride = 2, .activation = "relu"});
  conv_norm_act(b, "next", {3}, Width::fixed(8), Width::fixed(8), Kernel::fixed(1),
                {.norm = false, .bias = true});
  const auto block = b.finish({});
  CHECK(node_names(*block) ==
        std::vector<std::string>{"stem.conv", "stem.bn", "stem.act", "stem.next.conv"});
  CHECK(block->output() == Shape{1, 8, 4, 4});
  CHECK(block->nodes[3].weight(Role::bias)->name == "stem.next.conv.bias");
}

TEST_CASE("widths become ranges with labels") {
  BlockBuilder b("b", {{1, 4, 8, 8}});
  conv_norm_act(b, "c", b.input(), {6, 4, "in"}, {10, 7, "out"}, Kernel::fixed(1), {});
  const auto block = b.finish({});
  const WeightRef& weight = block->nodes[0].weights[0];
  CHECK(weight.full_shape() == Shape{10, 6, 1, 1});
  CHECK(weight.used_shape() == Shape{7, 4, 1, 1});
  CHECK(weight.dims[0].label == "out");
  CHECK(weight.dims[1].label == "in");
  CHECK(block->nodes[1].weights[3].full_shape() == Shape{10});
  CHECK(block->nodes[1].weights[3].dims[0].label == "out");
}

TEST_CASE("the largest kernel is used as it is") {
  const WeightRef ref = depthwise_weight(7, {3, 5, 7}, true);
  CHECK(ref.steps.empty());
  CHECK(ref.used_shape() == Shape{6, 1, 7, 7});
  CHECK(ref.full_shape() == Shape{8, 1, 7, 7});
}

TEST_CASE("smaller kernels go through every matrix on the way") {
  const WeightRef five = depthwise_weight(5, {3, 5, 7}, true);
  REQUIRE(five.steps.size() == 1);
  CHECK(std::get<KernelTransform>(five.steps[0]).matrix == "b.dw.conv.7to5_matrix");
  const WeightRef three = depthwise_weight(3, {3, 5, 7}, true);
  REQUIRE(three.steps.size() == 2);
  CHECK(three.dims[2].begin == 1);
  CHECK(three.dims[2].count == 5);
  CHECK(std::get<KernelTransform>(three.steps[1]).matrix == "b.dw.conv.5to3_matrix");
  CHECK(std::get<KernelTransform>(three.steps[1]).size == 3);
  CHECK(three.used_shape() == Shape{6, 1, 3, 3});
}

TEST_CASE("matrices join neighbours of the sizes there are") {
  const WeightRef ref = depthwise_weight(3, {3, 7}, true);
  REQUIRE(ref.steps.size() == 1);
  CHECK(std::get<KernelTransform>(ref.steps[0]).matrix == "b.dw.conv.7to3_matrix");
  CHECK(ref.dims[3].begin == 2);
  CHECK(ref.dims[3].count == 3);
}

TEST_CASE("without matrices a smaller kernel is the centre") {
  const WeightRef ref = depthwise_weight(3, {3, 5, 7}, false);
  CHECK(ref.steps.empty());
  CHECK(ref.dims[2].begin == 2);
  CHECK(ref.dims[2].count == 3);
}

TEST_CASE("a depthwise convolution has a group for each used channel") {
  BlockBuilder b("b", {{1, 6, 9, 9}});
  const Width width{8, 6, "mid"};
  conv_norm_act(b, "dw", b.input(), width, width, Kernel::fixed(5), {.depthwise = true});
  const auto block = b.finish({});
  CHECK(block->nodes[0].op->text() == "conv2d(stride=1 padding=2 groups=6)");
  CHECK(block->macs == 6 * 81 * 25);
}

TEST_CASE("the classifier pools and flattens what needs it") {
  BlockBuilder map("head", {{2, 8, 5, 5}});
  pooled_classifier(map, map.input(), Width::fixed(8), 10);
  CHECK(node_names(*map.finish({})) ==
        std::vector<std::string>{"head.pool", "head.flatten", "head.linear"});
  BlockBuilder point("head", {{2, 8, 1, 1}});
  pooled_classifier(point, point.input(), Width::fixed(8), 10);
  CHECK(node_names(*point.finish({})) == std::vector<std::string>{"head.flatten", "head.linear"});
  BlockBuilder flat("head", {{2, 8}});
  const Value y = pooled_classifier(flat, flat.input(), {12, 8, ""}, 10);
  CHECK(flat.shape(y) == Shape{2, 10});
  const auto block = flat.finish({});
  CHECK(block->nodes[0].weights[0].full_shape() == Shape{10, 12});
  CHECK(block->nodes[0].weights[1].used_shape() == Shape{10});
}

TEST_CASE("identity adds no node") {
  BlockBuilder b("b", {{1, 4}});
  CHECK(activation(b, "act", b.input(), "identity").id == b.input().id);
  CHECK(activation(b, "act", b.input(), "relu").id == 1);
}
