#include "supernet/space/cost.h"

#include "supernet/ops/activation.h"
#include "supernet/ops/conv2d.h"
#include "supernet/ops/elementwise.h"
#include "supernet/ops/linear.h"
#include "supernet/ops/norms.h"
#include "supernet/space/builder.h"
#include "tests/support/catch.h"
#include "tests/support/spaces.h"

using namespace tailor;

namespace {

WeightRef weight(const std::string& name, const Shape& shape) {
  return whole_weight(name, Role::weight, Init::zeros, shape);
}

Value relu(BlockBuilder& b, Value x) {
  return b.add("act", std::make_shared<Activation>("relu"), {x});
}

Value linear(BlockBuilder& b, const std::string& part, Value x, int64_t in, int64_t out) {
  return b.add(part, std::make_shared<Linear>(), {x}, {weight(b.full_name(part), {out, in})});
}

}  // namespace

TEST_CASE("a chain keeps two neighbours alive") {
  NetworkBuilder net("chain", {}, nullptr);
  int x = net.input({1, 10});
  for (const auto& [in, out] : std::vector<std::pair<int, int>>{{10, 40}, {40, 30}, {30, 5}}) {
    x = net.block("b" + std::to_string(out), {}, {x},
                  [&](BlockBuilder& b) { linear(b, "fc", b.input(), in, out); });
  }
  const Cost cost = network_cost(net.finish());
  CHECK(cost.activation_bytes == 4 * (40 + 30));
  CHECK(cost.macs == 400 + 1200 + 150);
  CHECK(cost.params == 400 + 1200 + 150);
  CHECK(cost.weight_bytes == 4 * cost.params);
  CHECK(cost.memory_bytes() == cost.activation_bytes + cost.weight_bytes);
}

TEST_CASE("a residual keeps the block's input alive to the sum") {
  NetworkBuilder net("residual", {}, nullptr);
  int x = net.input({1, 10});
  net.block("b", {}, {x}, [](BlockBuilder& b) {
    const Value wide = linear(b, "up", b.input(), 10, 60);
    const Value act = relu(b, wide);
    const Value back = linear(b, "down", act, 60, 10);
    b.add("add", std::make_shared<Add>(), {back, b.input()});
  });
  // input 10, wide 60 and its activation 60 at once
  CHECK(network_cost(net.finish()).activation_bytes == 4 * (10 + 60 + 60));
}

TEST_CASE("without a residual the input is freed after its last reader") {
  NetworkBuilder net("plain", {}, nullptr);
  int x = net.input({1, 10});
  net.block("b", {}, {x}, [](BlockBuilder& b) { relu(b, linear(b, "up", b.input(), 10, 60)); });
  CHECK(network_cost(net.finish()).activation_bytes == 4 * (60 + 60));
}

TEST_CASE("a value that a later block reads stays alive across the blocks between") {
  NetworkBuilder net("skip", {}, nullptr);
  int in = net.input({1, 10});
  auto relu_block = [&](const std::string& name, int x) {
    return net.block(name, {}, {x}, [](BlockBuilder& b) { relu(b, b.input()); });
  };
  const int first = relu_block("first", in);
  const int middle = relu_block("middle", relu_block("second", first));
  net.block("sum", {}, {first, middle}, [](BlockBuilder& b) {
    b.add("add", std::make_shared<Add>(), {b.input(0), b.input(1)});
  });
  CHECK(network_cost(net.finish()).activation_bytes == 4 * 30);
}

TEST_CASE("a block does not free what a later block reads") {
  NetworkBuilder net("kept", {}, nullptr);
  const int x = net.input({1, 10});
  const int wide = net.block("up", {}, {x},
                             [](BlockBuilder& b) { relu(b, linear(b, "fc", b.input(), 10, 60)); });
  const int back =
      net.block("down", {}, {wide}, [](BlockBuilder& b) { linear(b, "fc", b.input(), 60, 10); });
  net.block("sum", {}, {x, back}, [](BlockBuilder& b) {
    b.add("add", std::make_shared<Add>(), {b.input(0), b.input(1)});
  });
  CHECK(network_cost(net.finish()).activation_bytes == 4 * (10 + 60 + 60));
}

TEST_CASE("a value read twice is counted and freed once") {
  NetworkBuilder net("twice", {}, nullptr);
  int x = net.input({1, 10});
  net.block("b", {}, {x}, [](BlockBuilder& b) {
    const Value y = b.add("add", std::make_shared<Add>(), {b.input(), b.input()});
    const Value z = relu(b, y);
    b.add("last", std::make_shared<Activation>("relu"), {z});
  });
  CHECK(network_cost(net.finish()).activation_bytes == 4 * 20);
}

TEST_CASE("parameters shared by blocks count once, buffers are no parameters") {
  NetworkBuilder net("shared", {}, nullptr);
  int x = net.input({1, 4});
  for (const char* name : {"a", "b"}) {
    x = net.block(name, {}, {x}, [](BlockBuilder& b) {
      b.add("fc", std::make_shared<Linear>(), {b.input()}, {weight("tied", {4, 4})});
    });
  }
  net.block("norm", {}, {x}, [](BlockBuilder& b) {
    b.add("", std::make_shared<BatchNorm>(), {b.input()},
          {whole_weight("s", Role::scale, Init::ones, {4}),
           whole_weight("t", Role::shift, Init::zeros, {4}),
           whole_weight("m", Role::running_mean, Init::zeros, {4}),
           whole_weight("v", Role::running_var, Init::ones, {4})});
  });
  const Cost cost = network_cost(net.finish());
  CHECK(cost.params == 16 + 8);
  CHECK(cost.weight_bytes == 4 * (16 + 16));
  CHECK(cost.macs == 32);
}

TEST_CASE("half precision halves every byte") {
  const test::SlotSpace space;
  const Cost full = network_cost(space.lower(space.largest()));
  const Cost half = network_cost(space.lower(space.largest(), {.precision = Precision::bf16}));
  CHECK(half.activation_bytes * 2 == full.activation_bytes);
  CHECK(half.weight_bytes * 2 == full.weight_bytes);
  CHECK(half.params == full.params);
}

TEST_CASE("products and activations grow with the batch, parameters do not") {
  const auto space = test::space_of(test::kTinyMobileNet);
  const Cost one = network_cost(space->lower(space->largest()));
  const Cost four = network_cost(space->lower(space->largest(), {.batch = 4}));
  CHECK(four.macs == 4 * one.macs);
  CHECK(four.activation_bytes == 4 * one.activation_bytes);
  CHECK(four.params == one.params);
}
