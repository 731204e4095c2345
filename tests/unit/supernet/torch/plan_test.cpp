// What is fused, folded, freed and tapped.
#include "supernet/torch/plan.h"

#include <ATen/ATen.h>

#include <set>

#include "supernet/blocks/conv_norm_act.h"
#include "supernet/ops/activation.h"
#include "supernet/ops/elementwise.h"
#include "supernet/ops/layout.h"
#include "tests/support/spaces.h"
#include "tests/support/torch_nets.h"

#include "tests/support/catch.h"

using namespace tailor;
using namespace tailor::supernet;

namespace {

/// A network of one block on [1, 4, 6, 6].
NetworkSpec one_block(const std::function<void(BlockBuilder&)>& fill) {
  NetworkBuilder net("test", {}, nullptr);
  const int x = net.input({1, 4, 6, 6});
  net.block("block", {}, {x}, fill);
  return net.finish();
}

std::string steps(const Plan& plan) {
  std::string text;
  for (const PlanStep& step : plan.steps) {
    text += std::string(text.empty() ? "" : " ") + std::string(step.node->op->kind());
    if (!step.fused_activation.empty()) text += "+" + std::string(step.fused_activation);
    if (step.folds_into >= 0) text += ">" + std::to_string(step.folds_into);
    if (step.may_overwrite) text += "!";
  }
  return text;
}

const Width kWidth = Width::fixed(4);

}  // namespace

TEST_CASE("a norm takes the activation behind it and folds into the convolution before it") {
  auto block = [](const std::string& function) {
    return one_block([&](BlockBuilder& b) {
      conv_norm_act(b, "", b.input(), kWidth, kWidth, tailor::Kernel::fixed(3),
                    {.activation = function});
    });
  };
  const NetworkSpec relu = block("relu"), gelu = block("gelu"), none = block("identity");
  CHECK(steps(make_plan(relu)) == "conv2d batch_norm+relu>0!");
  CHECK(steps(make_plan(gelu)) == "conv2d batch_norm>0! activation!");
  CHECK(steps(make_plan(none)) == "conv2d batch_norm>0!");
}

TEST_CASE("a value with another reader is neither fused nor folded away") {
  const NetworkSpec norm = one_block([](BlockBuilder& b) {
    const Value conv =
        conv_norm_act(b, "c", b.input(), kWidth, kWidth, tailor::Kernel::fixed(1), {.norm = false});
    const Value bn = batch_norm(b, "bn", conv, kWidth, {});
    b.add("sum", std::make_shared<Add>(), {bn, conv});
  });
  CHECK(steps(make_plan(norm)) == "conv2d batch_norm add!");
  const NetworkSpec act = one_block([](BlockBuilder& b) {
    const Value bn = conv_norm_act(b, "c", b.input(), kWidth, kWidth, tailor::Kernel::fixed(1), {});
    const Value relu = activation(b, "relu", bn, "relu");
    b.add("sum", std::make_shared<Add>(), {bn, relu});
  });
  CHECK(steps(make_plan(act)) == "conv2d batch_norm>0! activation add!");
}

TEST_CASE("nothing is fused across blocks, whose outputs may be tapped") {
  NetworkBuilder net("test", {}, nullptr);
  int x = net.input({1, 4, 6, 6});
  x = net.block("one", {}, {x}, [](BlockBuilder& b) {
    conv_norm_act(b, "", b.input(), kWidth, kWidth, tailor::Kernel::fixed(1), {.norm = false});
  });
  x = net.block("two", {}, {x},
                [](BlockBuilder& b) { batch_norm(b, "bn", b.input(), kWidth, {}); });
  net.block("three", {}, {x}, [](BlockBuilder& b) { activation(b, "act", b.input(), "relu"); });
  const NetworkSpec spec = net.finish();
  const Plan plan = make_plan(spec);
  CHECK(steps(plan) == "conv2d batch_norm! activation!");
  CHECK(plan.steps[0].tap == "one");
  CHECK(plan.steps[1].tap == "two");
  CHECK(plan.steps[2].tap == "three");
}

TEST_CASE("what shares memory with another value is not overwritten") {
  const NetworkSpec input =
      one_block([](BlockBuilder& b) { activation(b, "a", b.input(), "relu"); });
  CHECK(steps(make_plan(input)) == "activation");
  const NetworkSpec view = one_block([](BlockBuilder& b) {
    const Value relu = activation(b, "a", b.input(), "relu");
    const Value flat = b.add("flat", std::make_shared<Reshape>(), {relu});
    const Value gate = activation(b, "g", flat, "sigmoid");
    b.add("sum", std::make_shared<Add>(), {gate, flat});
  });
  CHECK(steps(make_plan(view)) == "activation reshape activation add!");
  const NetworkSpec twice = one_block([](BlockBuilder& b) {
    const Value relu = activation(b, "a", b.input(), "relu");
    b.add("sum", std::make_shared<Add>(), {relu, relu});
  });
  CHECK(steps(make_plan(twice)) == "activation add");
}

TEST_CASE("every value but the output is freed once, by its last reader") {
  for (const char* yaml : {test::kTinyMobileNet, test::kTinyResNet}) {
    const auto space = test::space_of(yaml);
    const NetworkSpec spec = space->lower(space->largest());
    const Plan plan = make_plan(spec);
    std::set<int> made, freed;
    for (size_t i = 0; i < spec.inputs.size(); ++i) made.insert(static_cast<int>(i));
    for (const PlanStep& step : plan.steps) {
      for (int slot : step.inputs) {
        CHECK(made.count(slot) == 1);
        CHECK(freed.count(slot) == 0);
      }
      for (int slot : step.frees) CHECK(freed.insert(slot).second);
      CHECK(made.insert(step.output).second);
    }
    CHECK(static_cast<int>(made.size()) == plan.slots);
    CHECK(freed.size() + 1 == made.size());
    CHECK(freed.count(plan.output) == 0);
    CHECK(plan.steps.back().output == plan.output);
  }
}
