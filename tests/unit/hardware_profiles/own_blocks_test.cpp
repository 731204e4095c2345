// Blocks described in a config: the networks they become, and what is refused.
#include "hardware_profiles/own_blocks.h"

#include "core/error.h"
#include "hardware_profiles/device.h"
#include "supernet/blocks/conv_norm_act.h"
#include "supernet/space/builder.h"
#include "tests/support/catch.h"
#include "tests/support/error_text.h"

using namespace tailor;
using namespace tailor::hw;

namespace {

std::vector<NetworkSpec> blocks(const std::string& yaml, const Workload& workload = {}) {
  const ConfigNode config = ConfigNode::parse(yaml, "run.yaml");
  std::vector<NetworkSpec> out = read_own_blocks(config, workload);
  config.finish();
  return out;
}

std::string one_block(const std::string& nodes) {
  return "blocks:\n  - name: mine\n    input: [1, 32, 56, 56]\n    nodes: [" + nodes + "]\n";
}

std::string refusal(const std::string& yaml) {
  return test::error_text<ConfigError>([&] { blocks(yaml); });
}

}  // namespace

TEST_CASE("a described block is the block that the builder makes") {
  NetworkBuilder net("same", {}, nullptr);
  const int x = net.input({1, 32, 56, 56});
  net.block("same", {}, {x}, [](BlockBuilder& b) {
    conv_norm_act(b, "conv", b.input(), Width::fixed(32), Width::fixed(64), Kernel::fixed(3),
                  {.stride = 2, .activation = "relu"});
  });
  const std::vector<NetworkSpec> own = blocks(one_block(
      "{op: conv2d, out: 64, kernel: 3, stride: 2}, {op: batch_norm}, {op: activation, function: "
      "relu}"));
  REQUIRE(own.size() == 1);
  CHECK(own[0].name == "mine");
  REQUIRE(own[0].blocks.size() == 1);
  CHECK(own[0].blocks[0].block->name == "mine");
  CHECK(own[0].blocks[0].block->key == net.finish().blocks[0].block->key);
}

TEST_CASE("groups, biases, names and other inputs") {
  const std::vector<NetworkSpec> own = blocks(one_block(
      "{op: conv2d, out: 32, kernel: 5, groups: 32, name: dw}, {op: activation, function: "
      "h_swish}, "
      "{op: add, inputs: [activation_2, input]}, {op: global_avg_pool}, {op: reshape, to: [-1]}, "
      "{op: linear, out: 10, bias: true}"));
  const Block& block = *own[0].blocks[0].block;
  CHECK(block.nodes[0].weight(Role::weight)->used_shape() == Shape{32, 1, 5, 5});
  CHECK(block.nodes[0].shape == Shape{1, 32, 56, 56});
  CHECK(block.nodes[2].inputs == std::vector<int>{2, 0});
  CHECK(block.output() == Shape{1, 10});
  CHECK(block.nodes[5].weight(Role::bias)->used_shape() == Shape{10});
  CHECK(block.macs == 32 * 25 * 56 * 56 + 320);
}

TEST_CASE("described blocks run on a device, in its batch and precision") {
  const auto device = builtin_devices().create("stub", ConfigNode::parse("batch: 4", "stub.yaml"));
  const std::vector<NetworkSpec> own = blocks(
      "blocks:\n  - {name: a, input: [4, 8, 9, 9], nodes: [{op: conv2d, out: 8, kernel: 1}]}\n"
      "  - {name: b, input: [4, 8, 9, 9], nodes: [{op: conv2d, out: 64, kernel: 3}]}\n",
      device->workload());
  REQUIRE(own.size() == 2);
  CHECK(device->prepare(own[0])->measure(1).at(0) < device->prepare(own[1])->measure(1).at(0));
  CHECK(blocks("{}").empty());
}

TEST_CASE("what is wrong in a description is refused by place") {
  CHECK(refusal(one_block("{op: conv2b, out: 64, kernel: 3}")).find("nodes.0.op: must be one of") !=
        std::string::npos);
  CHECK(refusal(one_block("{op: conv2d, out: 64}")).find("kernel: is missing") !=
        std::string::npos);
  CHECK(refusal(one_block("{op: conv2d, out: 64, kernel: 3, strid: 2}")).find("strid") !=
        std::string::npos);
  CHECK(refusal(one_block("{op: conv2d, out: 64, kernel: 3, groups: 3}")) ==
        "run.yaml:4:54: blocks.0.nodes.0.groups: must divide the input's 32 channels");
  CHECK(refusal(one_block("{op: add, inputs: [input, stem]}")) ==
        "run.yaml:4:31: blocks.0.nodes.0.inputs: no node above is called 'stem'; known: input");
  CHECK(refusal(one_block("{op: conv2d, out: 8, kernel: 1}, {op: add, inputs: [input, conv2d_1]}"))
            .find("blocks.0.nodes.1: add 'mine.add_2': ") != std::string::npos);
  CHECK(refusal(one_block("{op: activation, name: input}")).find("is another node's already") !=
        std::string::npos);
  CHECK(refusal(one_block("")).find("must hold at least one operation") != std::string::npos);
  CHECK(refusal("blocks:\n  - {name: a, input: [2, 3, 4, 4], nodes: [{op: activation}]}")
            .find("input: must begin with the batch that the device runs, 1") != std::string::npos);
  const std::string twice = "  - {name: a, input: [1, 3], nodes: [{op: activation}]}\n";
  CHECK(refusal("blocks:\n" + twice + twice).find("another one for every block") !=
        std::string::npos);
}
