#include "supernet/blocks/sequence.h"

#include "core/error.h"
#include "tests/support/catch.h"

using namespace tailor;

namespace {

std::vector<std::string> weight_names(const Block& block) {
  std::vector<std::string> out;
  for (const Node& node : block.nodes) {
    for (const WeightRef& ref : node.weights) out.push_back(ref.name);
  }
  return out;
}

}  // namespace

TEST_CASE("a linear layer over factored widths takes a part of every factor") {
  BlockBuilder b("b", {{1, 3, 8}});
  const Widths out = {{4, 2, ""}, {6, 3, ""}};
  const Value y = dense(b, "p", b.input(), {Width::fixed(8)}, out, BiasInit::zeros);
  CHECK(b.shape(y) == Shape{1, 3, 6});
  const auto block = b.finish({});
  const Node& node = block->nodes[0];
  CHECK(node.weights[0].full_shape() == Shape{24, 8});
  CHECK(node.weights[0].used_shape() == Shape{6, 8});
  CHECK(node.weights[1].full_shape() == Shape{24});
  CHECK(node.weights[1].used_shape() == Shape{6});
  CHECK(weight_names(*block) == std::vector<std::string>{"b.p.weight", "b.p.bias"});
}

TEST_CASE("heads are split and merged") {
  BlockBuilder b("b", {{2, 3, 12}});
  const Value heads = split_heads(b, "x", b.input(), 4, 3);
  CHECK(b.shape(heads) == Shape{2, 3, 4, 3});
  CHECK(b.shape(merge_heads(b, "x", heads)) == Shape{2, 3, 12});
}

TEST_CASE("attention has the parameters of Qwen2, with norms those of Qwen3") {
  AttentionOptions o{.hidden = 16, .heads = 4, .kv_heads = 2, .head_dim = 4};
  BlockBuilder two("b", {{1, 5, 16}});
  attention(two, "", two.input(), o, 0);
  const auto qwen2 = two.finish({});
  CHECK(qwen2->params == 16 * 16 + 16 + 2 * (8 * 16 + 8) + 16 * 16);
  CHECK(qwen2->output() == Shape{1, 5, 16});
  CHECK(qwen2->state_bytes == 2 * 5 * 2 * 4 * 4);
  o.bias = false;
  o.qk_norm = true;
  BlockBuilder three("b", {{1, 5, 16}});
  attention(three, "", three.input(), o, 0);
  const auto qwen3 = three.finish({});
  CHECK(qwen3->params == 16 * 16 + 2 * 8 * 16 + 16 * 16 + 2 * 4);
}

TEST_CASE("a cache is counted in the workload's precision") {
  BlockBuilder b("b", {{3, 5, 16}});
  attention(b, "", b.input(), {.hidden = 16, .heads = 4, .kv_heads = 2, .head_dim = 4}, 7);
  CHECK(b.finish({.precision = Precision::bf16})->state_bytes == 3 * 2 * 12 * 2 * 4 * 2);
}

TEST_CASE("a gated MLP has three matrices") {
  BlockBuilder b("b", {{1, 5, 16}});
  gated_mlp(b, b.input(), 16, {48, 32, ""});
  const auto block = b.finish({});
  CHECK(block->params == 3 * 16 * 32);
  CHECK(block->macs == 5 * 3 * 16 * 32);
  CHECK(weight_names(*block) ==
        std::vector<std::string>{"b.gate_proj.weight", "b.up_proj.weight", "b.down_proj.weight"});
}
