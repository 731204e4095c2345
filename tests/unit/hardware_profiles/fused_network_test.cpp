// Which nodes become one step, and what folding does to weights.
#include "hardware_profiles/fused_network.h"

#include <map>

#include "core/error.h"
#include "hardware_profiles/random_weights.h"
#include "supernet/blocks/conv_norm_act.h"
#include "supernet/ops/activation.h"
#include "supernet/ops/elementwise.h"
#include "supernet/ops/pool.h"
#include "supernet/space/passes.h"
#include "tests/support/catch.h"
#include "tests/support/error_text.h"
#include "tests/support/spaces.h"

using namespace tailor;
using hw::FusedNetwork;
using hw::FusedStep;

namespace {

using Fill = std::function<void(BlockBuilder&)>;

NetworkSpec network(const Fill& fill) {
  NetworkBuilder net("test", {}, nullptr);
  const int x = net.input({1, 4, 6, 6});
  net.block("b", {}, {x}, fill);
  return net.finish();
}

/// "conv+norm+relu+add(3)": a step in short.
std::string text(const FusedStep& step) {
  std::string out(step.kind());
  if (step.norm) out += "+norm";
  for (const hw::PostOp& op : step.post_ops) {
    out += "+" + (op.function.empty() ? str("add(", op.value, ")") : op.function);
  }
  return out;
}

std::vector<std::string> texts(const FusedNetwork& network) {
  std::vector<std::string> out;
  for (const FusedStep& step : network.steps) out.push_back(text(step));
  return out;
}

Value conv(BlockBuilder& b, const std::string& part, Value x, const std::string& activation,
           bool norm = true) {
  return conv_norm_act(b, part, x, Width::fixed(4), Width::fixed(4), Kernel::fixed(1),
                       {.activation = activation, .norm = norm});
}

Value add(BlockBuilder& b, Value x, Value y) {
  return b.add("add", std::make_shared<Add>(), {x, y});
}

}  // namespace

TEST_CASE("a convolution takes its norm and activation") {
  const NetworkSpec spec = network([](BlockBuilder& b) { conv(b, "c", b.input(), "relu"); });
  CHECK(texts(hw::fuse(spec)) == std::vector<std::string>{"conv2d+norm+relu"});
}

TEST_CASE("a residual sum joins the convolution before it, and the function after the sum") {
  const NetworkSpec spec = network([](BlockBuilder& b) {
    Value x = conv(b, "c1", b.input(), "relu");
    x = conv(b, "c2", x, "identity");
    x = add(b, x, b.input());
    activation(b, "act", x, "relu");
  });
  CHECK(texts(hw::fuse(spec)) ==
        std::vector<std::string>{"conv2d+norm+relu", "conv2d+norm+add(0)+relu"});
}

TEST_CASE("a convolution whose result waits for a sum moves to the sum") {
  const NetworkSpec spec = network([](BlockBuilder& b) {
    const Value shortcut = conv(b, "shortcut", b.input(), "identity");
    auto pool = std::make_shared<Pool>();
    pool->kernel = 3;
    pool->stride = 1;
    pool->padding = 1;
    add(b, b.add("pool", std::move(pool), {b.input()}), shortcut);
  });
  const FusedNetwork fused = hw::fuse(spec);
  CHECK(texts(fused) == std::vector<std::string>{"pool", "conv2d+norm+add(3)"});
  CHECK(fused.steps[1].output == fused.output);
}

TEST_CASE("what has another reader is not joined") {
  const NetworkSpec spec = network([](BlockBuilder& b) {
    const Value x = conv(b, "c", b.input(), "identity");
    const Value y = activation(b, "act", x, "relu");
    add(b, y, x);
  });
  CHECK(texts(hw::fuse(spec)) == std::vector<std::string>{"conv2d+norm", "activation", "add"});
}

TEST_CASE("a sum after a function stays a step of its own") {
  const NetworkSpec spec =
      network([](BlockBuilder& b) { add(b, conv(b, "c", b.input(), "relu"), b.input()); });
  CHECK(texts(hw::fuse(spec)) == std::vector<std::string>{"conv2d+norm+relu", "add"});
}

TEST_CASE("x + x is a sum") {
  const NetworkSpec spec = network([](BlockBuilder& b) {
    const Value x = conv(b, "c", b.input(), "identity");
    add(b, x, x);
  });
  CHECK(texts(hw::fuse(spec)) == std::vector<std::string>{"conv2d+norm", "add"});
}

TEST_CASE("an identity vanishes, and does not hide a second reader") {
  const auto same = std::make_shared<Activation>("identity");
  const NetworkSpec alone = network([&](BlockBuilder& b) { b.add("same", same, {b.input()}); });
  CHECK(hw::fuse(alone).steps.empty());
  CHECK(hw::fuse(alone).output == 0);
  const NetworkSpec twice = network([&](BlockBuilder& b) {
    const Value x = b.add("same", same, {conv(b, "c", b.input(), "identity")});
    add(b, activation(b, "act", x, "relu"), x);
  });
  CHECK(texts(hw::fuse(twice)) == std::vector<std::string>{"conv2d+norm", "activation", "add"});
}

TEST_CASE("every value is made before it is read, in every family") {
  for (const std::string& name : test::shipped_space_names()) {
    INFO(name);
    const auto space = test::shipped_space(name);
    const NetworkSpec spec = space->lower(space->largest());
    const FusedNetwork fused = hw::fuse(spec);
    std::vector<bool> made(fused.shapes.size(), false);
    made[0] = true;
    size_t norms = 0, joined = 0;
    for (const FusedStep& step : fused.steps) {
      for (int value : step.inputs) CHECK(made[static_cast<size_t>(value)]);
      for (const hw::PostOp& op : step.post_ops) {
        if (op.function.empty()) CHECK(made[static_cast<size_t>(op.value)]);
      }
      made[static_cast<size_t>(step.output)] = true;
      norms += step.kind() == "batch_norm";
      joined += step.norm != nullptr;
    }
    CHECK(made[static_cast<size_t>(fused.output)]);
    CHECK(norms == 0);
    CHECK(joined > 5);
  }
}

TEST_CASE("the last reader of each value") {
  const NetworkSpec spec = network([](BlockBuilder& b) {
    Value x = conv(b, "c1", b.input(), "identity");
    x = conv(b, "c2", x, "identity");
    add(b, x, b.input());
  });
  const std::vector<int> last = hw::last_readers(hw::fuse(spec));
  // input; c1's conv, norm; c2's conv, norm; sum
  CHECK(last == std::vector<int>{1, -1, 1, -1, -1, 2});
}

TEST_CASE("folding a norm: w s and (b - mean) s + shift") {
  const NetworkSpec spec = standalone(network([](BlockBuilder& b) {
    conv_norm_act(b, "", b.input(), Width::fixed(4), Width::fixed(2), Kernel::fixed(1),
                  {.bias = true, .norm_options = {.eps = 0}});
  }));
  TensorFile weights;
  const auto put = [&](const char* name, const Shape& shape, const std::vector<float>& values) {
    weights.tensors[name] = HostTensor::from_floats(shape, values);
  };
  put("b.conv.weight", {2, 4, 1, 1}, {1, 2, 3, 4, 5, 6, 7, 8});
  put("b.conv.bias", {2}, {1, 2});
  put("b.bn.weight", {2}, {2, 3});
  put("b.bn.bias", {2}, {10, 20});
  put("b.bn.running_mean", {2}, {3, 4});
  put("b.bn.running_var", {2}, {4, 9});
  const FusedNetwork fused = hw::fuse(spec);
  const hw::FoldedWeights folded = hw::fold_weights(fused.steps[0], weights);
  CHECK(folded.shape == Shape{2, 4, 1, 1});
  CHECK(folded.weight == std::vector<float>{1, 2, 3, 4, 5, 6, 7, 8});
  CHECK(folded.bias == std::vector<float>{8, 18});
  put("b.bn.weight", {2}, {4, 6});
  CHECK(hw::fold_weights(fused.steps[0], weights).weight ==
        std::vector<float>{2, 4, 6, 8, 10, 12, 14, 16});
  put("b.bn.bias", {1}, {10});
  CHECK(test::error_text<IoError>([&] { hw::fold_weights(fused.steps[0], weights); }) ==
        "tensors: tensor 'b.bn.bias' is [1], the network needs [2]");
  weights.tensors.erase("b.conv.weight");
  CHECK_THROWS_AS(hw::fold_weights(fused.steps[0], weights), IoError);
}

TEST_CASE("without norm and bias there is no bias") {
  const NetworkSpec spec =
      standalone(network([](BlockBuilder& b) { conv(b, "c", b.input(), "identity", false); }));
  const TensorFile weights = hw::random_weights(spec, Rng(1));
  const FusedNetwork fused = hw::fuse(spec);
  const hw::FoldedWeights folded = hw::fold_weights(fused.steps[0], weights);
  CHECK(folded.bias.empty());
  CHECK(folded.weight.size() == 16);
}
