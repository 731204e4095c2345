// Running networks: gradients, modes, statistics, taps, folding, errors.
#include "supernet/torch/graph_net.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "supernet/blocks/conv_norm_act.h"
#include "supernet/torch/weight_view.h"
#include "tests/support/error_text.h"
#include "tests/support/spaces.h"
#include "tests/support/torch_nets.h"

#include "tests/support/catch.h"

using namespace tailor;
using namespace tailor::supernet;
using test::random_input;
using test::relative_error;
using test::same_bits;

namespace {

/// A loss that weighs every logit differently.
at::Tensor some_loss(const at::Tensor& logits) {
  return (logits * test::random_tensor(logits.sizes().vec(), 99)).sum();
}

at::Tensor gradients_of(const NetworkSpec& spec, const ParameterStore& store, const at::Tensor& x) {
  at::Tensor gradients = store.zeros_like_values();
  GraphNet net(spec, store, gradients);
  net.backward(some_loss(net.forward(x, RunMode::train)));
  return gradients;
}

/// Gradient of the stored range of `ref` (and of its matrices, by name) when `by_value` is the
/// gradient of what the node receives.
std::map<std::string, at::Tensor> pull_back(const ParameterStore& store, const WeightRef& ref,
                                            const at::Tensor& by_value) {
  at::AutoGradMode with(true);
  std::map<std::string, at::Tensor> leaves;
  auto leaf = [&](const std::string& name, const at::Tensor& view) {
    return leaves[name] = view.detach().clone().requires_grad_();
  };
  const at::Tensor view = leaf(ref.name, used_view(store.view(ref.name), ref));
  const at::Tensor value = weight_value(
      view, ref, [&](const std::string& name) { return leaf(name, store.view(name)); });
  (value * by_value).sum().backward();
  for (auto& [name, tensor] : leaves) tensor = tensor.grad();
  return leaves;
}

}  // namespace

TEST_CASE("gradients are 0 outside the ranges in use, inside the standalone network's") {
  for (const char* yaml : {test::kTinyMobileNet, test::kTinyResNet}) {
    const auto space = test::space_of(yaml);
    const ParameterStore store = test::random_store(*space, 3);
    Rng rng(5);
    for (const Arch& arch : {space->smallest(), space->sample(rng), space->largest()}) {
      INFO(space->print(arch));
      const NetworkSpec spec = space->lower(arch);
      const at::Tensor x = random_input(spec, 6, 1);
      at::Tensor shared = gradients_of(spec, store, x);
      const ExtractedNetwork alone = extract(GraphNet(spec, store));
      const at::Tensor own = gradients_of(alone.spec, alone.store, x);
      std::map<std::string, at::Tensor> matrices;
      for (const WeightRef& ref : test::references(spec)) {
        if (!ref.trainable()) continue;
        const at::Tensor by_value = alone.store.view_in(own, alone.store.parameter(ref.name));
        for (const auto& [name, want] : pull_back(store, ref, by_value)) {
          const at::Tensor all = store.view_in(shared, store.parameter(name));
          const at::Tensor range = name == ref.name ? used_view(all, ref) : all;
          INFO(name);
          CHECK(relative_error(range, want) < 1e-4);
          matrices[name] = range;
        }
      }
      for (auto& [name, range] : matrices) range.zero_();
      CHECK(shared.abs().max().item<double>() == 0);
    }
  }
}

TEST_CASE("gradients are the slope of the loss") {
  const auto space = test::space_of(test::kTinyMobileNet);
  ParameterStore store = test::random_store(*space, 3);
  const NetworkSpec spec = space->lower(space->largest());
  const at::Tensor x = random_input(spec, 6, 1);
  const at::Tensor gradients = gradients_of(spec, store, x);
  const at::Tensor direction = gradients / gradients.norm(), start = store.values().clone();
  const double h = 2e-3;
  auto loss_at = [&](double step) {
    store.values().copy_(start + step * direction);
    GraphNet net(spec, store);
    return some_loss(net.forward(x, RunMode::train)).item<double>();
  };
  const double slope = (loss_at(h) - loss_at(-h)) / (2 * h);
  CHECK(slope == Approx(gradients.norm().item<double>()).epsilon(0.02));
  // The loss is a weighted sum of logits: its gradient by the last bias is known exactly.
  const at::Tensor bias = store.view_in(gradients, store.parameter("classifier.linear.bias"));
  CHECK(relative_error(bias, test::random_tensor({6, 10}, 99).sum(0)) < 1e-6);
}

TEST_CASE("two networks of one store run side by side as each would alone") {
  const auto space = test::space_of(test::kTinyMobileNet);
  const ParameterStore store = test::random_store(*space, 4);
  const NetworkSpec small = space->lower(space->smallest()), large = space->lower(space->largest());
  const at::Tensor x1 = random_input(small, 4, 1), x2 = random_input(large, 4, 2);
  const at::Tensor gradients = store.zeros_like_values();
  GraphNet a(small, store, gradients), b(large, store, gradients);
  const at::Tensor loss_a = some_loss(a.forward(x1, RunMode::train));
  const at::Tensor loss_b = some_loss(b.forward(x2, RunMode::train));
  a.backward(loss_a);
  b.backward(loss_b);
  const at::Tensor apart = gradients_of(small, store, x1) + gradients_of(large, store, x2);
  CHECK(same_bits(gradients, apart));
}

TEST_CASE("folded and fused networks equal the same nodes one by one") {
  for (const char* yaml : {test::kTinyMobileNet, test::kTinyResNet}) {
    const auto space = test::space_of(yaml);
    const ParameterStore store = test::random_store(*space, 6);
    for (const Arch& arch : {space->largest(), space->smallest()}) {
      const NetworkSpec spec = space->lower(arch), split = test::one_node_blocks(spec);
      const at::Tensor x = random_input(spec, 5, 7);
      for (RunMode mode : {RunMode::eval, RunMode::train, RunMode::recalibrate}) {
        GraphNet whole(spec, store), nodes(split, store);
        CHECK(relative_error(whole.forward(x, mode), nodes.forward(x, mode)) < 1e-5);
      }
      const at::Tensor by_nodes = gradients_of(split, store, x);
      CHECK(relative_error(gradients_of(spec, store, x), by_nodes) < 1e-5);
    }
  }
}

TEST_CASE("evaluation depends on an image alone and leaves the input as it was") {
  const auto space = test::space_of(test::kTinyResNet);
  const ParameterStore store = test::random_store(*space, 8);
  GraphNet net(space->lower(space->largest()), store);
  const at::Tensor x = random_input(net.spec(), 3, 1), before = x.clone();
  const at::Tensor all = net.forward(x, RunMode::eval);
  for (int64_t i = 0; i < 3; ++i) {
    const at::Tensor one = net.forward(x.narrow(0, i, 1), RunMode::eval);
    CHECK(relative_error(one, all.narrow(0, i, 1)) < 1e-5);
  }
  net.forward(x, RunMode::train);
  CHECK(same_bits(x, before));
}

TEST_CASE("recalibration weighs batches by their images, with biased variance") {
  const auto space = test::space_of(test::kTinyMobileNet);
  const ParameterStore store = test::random_store(*space, 9);
  GraphNet net(space->lower(space->smallest()), store);
  const at::Tensor x1 = random_input(net.spec(), 4, 1), x2 = random_input(net.spec(), 2, 2) + 0.5;
  net.forward(x1, RunMode::eval);  // what was read before must not stay
  for (int round = 0; round < 2; ++round) {
    net.reset_statistics();
    net.forward(x1, RunMode::recalibrate);
    net.forward(x2, RunMode::recalibrate);
  }
  auto moments = [&](const at::Tensor& x) {
    const at::Tensor y = at::conv2d(x, store.view("stem.conv.weight"), {}, 2, 1);
    return std::pair(y.mean({0, 2, 3}), y.var({0, 2, 3}, false));
  };
  const auto [m1, v1] = moments(x1);
  const auto [m2, v2] = moments(x2);
  const auto weights = net.weights();
  CHECK(relative_error(weights.at("stem.bn.running_mean"), (4 * m1 + 2 * m2) / 6) < 1e-5);
  CHECK(relative_error(weights.at("stem.bn.running_var"), (4 * v1 + 2 * v2) / 6) < 1e-5);
  const ExtractedNetwork alone = extract(net);
  GraphNet copy(alone.spec, alone.store);
  CHECK(relative_error(net.forward(x2, RunMode::eval), copy.forward(x2, RunMode::eval)) < 1e-5);
}

TEST_CASE("recalibration after an evaluation is what the next evaluation uses") {
  const auto space = test::space_of(test::kTinyMobileNet);
  const ParameterStore store = test::random_store(*space, 9);
  GraphNet used(space->lower(space->smallest()), store), fresh(used.spec(), store);
  const at::Tensor x = random_input(used.spec(), 4, 1);
  used.forward(x, RunMode::eval);
  used.forward(x, RunMode::recalibrate);
  fresh.forward(x, RunMode::recalibrate);
  CHECK(same_bits(used.forward(x, RunMode::eval), fresh.forward(x, RunMode::eval)));
}

TEST_CASE("running statistics move by the momentum, variance unbiased, in range only") {
  const auto space = test::space_of(test::kTinyResNet);
  ParameterStore store = test::random_store(*space, 10);
  GraphNet net(space->lower(space->smallest()), store);  // stage1: 8 of 16 channels
  const at::Tensor x = random_input(net.spec(), 3, 1);
  const ParameterStore before = store.clone();
  net.forward(x, RunMode::train);
  CHECK(same_bits(store.buffers(), before.buffers()));
  net.fold_statistics(store);
  const at::Tensor y = at::conv2d(x, store.view("stem.conv.weight"), {}, 1, 1);
  const at::Tensor mean = before.view("stem.bn.running_mean") * 0.9 + y.mean({0, 2, 3}) * 0.1;
  const at::Tensor var = before.view("stem.bn.running_var") * 0.9 + y.var({0, 2, 3}, true) * 0.1;
  CHECK(relative_error(store.view("stem.bn.running_mean"), mean) < 1e-5);
  CHECK(relative_error(store.view("stem.bn.running_var"), var) < 1e-5);
  const std::string name = "stage1.block1.conv1.bn.running_mean";
  const at::Tensor now = store.view(name), then = before.view(name);
  CHECK(same_bits(now.narrow(0, 8, 8), then.narrow(0, 8, 8)));
  CHECK_FALSE(same_bits(now.narrow(0, 0, 8), then.narrow(0, 0, 8)));
  CHECK(same_bits(store.values(), before.values()));
}

TEST_CASE("taps give a block's output, untouched by what follows, and change nothing") {
  const auto space = test::space_of(test::kTinyResNet);
  const ParameterStore store = test::random_store(*space, 11);
  const NetworkSpec spec = space->lower(space->largest());
  const at::Tensor x = random_input(spec, 2, 1);
  for (RunMode mode : {RunMode::eval, RunMode::train}) {
    GraphNet net(spec, store);
    Taps taps{{"stage1.block1", "stage2.block2"}, {}};
    const at::Tensor logits = net.forward(x, mode, &taps);
    CHECK(same_bits(logits, net.forward(x, mode)));
    REQUIRE(taps.values.size() == 2);
    for (size_t end = 1; end < spec.blocks.size(); ++end) {
      NetworkSpec head = spec;
      head.blocks.resize(end);
      const std::string& name = spec.blocks[end - 1].block->name;
      if (!taps.values.count(name)) continue;
      CHECK(same_bits(taps.values.at(name), GraphNet(head, store).forward(x, mode)));
    }
  }
}

TEST_CASE("a tapped value is not overwritten by an activation behind it") {
  NetworkBuilder builder("test", {}, nullptr);
  int v = builder.input({1, 4, 5, 5});
  const Width width = Width::fixed(4);
  v = builder.block("conv", {}, {v}, [&](BlockBuilder& b) {
    conv_norm_act(b, "", b.input(), width, width, tailor::Kernel::fixed(3), {});
  });
  builder.block("relu", {}, {v}, [](BlockBuilder& b) { activation(b, "act", b.input(), "relu"); });
  const NetworkSpec spec = builder.finish();
  ParameterStore store(std::span(&spec, 1));
  store.initialise(Rng(1));
  for (RunMode mode : {RunMode::eval, RunMode::recalibrate, RunMode::train}) {
    GraphNet net(spec, store);
    Taps taps{{"conv"}, {}};
    net.forward(random_input(spec, 2, 1), mode, &taps);
    CHECK(taps.values.at("conv").min().item<double>() < 0);
  }
}

TEST_CASE("a tapped value takes part in the gradient") {
  const auto space = test::space_of(test::kTinyResNet);
  const ParameterStore store = test::random_store(*space, 12);
  const NetworkSpec spec = space->lower(space->smallest());
  NetworkSpec head = spec;
  head.blocks.resize(2);
  const at::Tensor x = random_input(spec, 2, 1), gradients = store.zeros_like_values();
  GraphNet net(spec, store, gradients);
  Taps taps{{head.blocks.back().block->name}, {}};
  net.forward(x, RunMode::train, &taps);
  net.backward(some_loss(taps.values.begin()->second));
  CHECK(same_bits(gradients, gradients_of(head, store, x)));
}

TEST_CASE("an input of another shape is refused") {
  const auto space = test::space_of(test::kTinyMobileNet);
  const ParameterStore store = test::random_store(*space, 13);
  GraphNet net(space->lower(space->parse("ks=3 e=2,2,3 d=1 r=16")), store);
  auto forward = [&](const Shape& shape) {
    return test::error_text<ShapeError>([&] { net.forward(at::zeros(shape), RunMode::eval); });
  };
  const std::string start = "network '" + net.spec().name + "' takes [1, 1, 16, 16] with any batch";
  CHECK(forward({2, 1, 20, 20}) == start + ", got [2, 1, 20, 20]");
  CHECK(forward({1, 16, 16}) == start + ", got [1, 16, 16]");
  CHECK(forward({2, 3, 16, 16}) == start + ", got [2, 3, 16, 16]");
}

TEST_CASE("a network whose weights the store lacks is refused by name") {
  const auto space = test::space_of(test::kTinyMobileNet),
             other = test::space_of(test::kTinyResNet);
  const ParameterStore store = test::random_store(*space, 14);
  const std::string text =
      test::error_text<Error>([&] { GraphNet net(other->lower(other->largest()), store); });
  CHECK(text.find("the store has no parameter 'stage1.block1.conv1.conv.weight'") == 0);
}
