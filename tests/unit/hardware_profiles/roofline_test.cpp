// Roofline times: what moves, what computes, what a cache saves.
#include "hardware_profiles/roofline.h"

#include "supernet/ops/activation.h"
#include "supernet/ops/conv2d.h"
#include "supernet/ops/elementwise.h"
#include "supernet/space/builder.h"
#include "tests/support/catch.h"
#include "tests/support/spaces.h"

using namespace tailor;
using namespace tailor::hw;

namespace {

/// A dense convolution 8 -> 16, kernel 1, on 10 x 10, and a function behind it.
NetworkSpec small_network(const Workload& workload = {}) {
  NetworkBuilder net("small", workload, nullptr);
  const int x = net.input({1, 8, 10, 10});
  net.block("block", {}, {x}, [](BlockBuilder& b) {
    const Value y = b.add("conv", std::make_shared<Conv2d>(), {b.input()},
                          {whole_weight("w", Role::weight, Init::zeros, {16, 8, 1, 1})});
    b.add("act", std::make_shared<Activation>(), {y});
  });
  return net.finish();
}

constexpr double kConvMacs = 16 * 8 * 100;
constexpr double kConvBytes = 4 * (800 + 1600 + 128);
constexpr double kActBytes = 4 * (1600 + 1600);

}  // namespace

TEST_CASE("a node moves its inputs, its output and the used part of its weights") {
  const NetworkSpec spec = small_network();
  const std::vector<NodeWork> work = block_work(*spec.blocks[0].block, Precision::f32);
  REQUIRE(work.size() == 2);
  CHECK(work[0] == NodeWork{kConvMacs, kConvBytes, false});
  CHECK(work[1] == NodeWork{0, kActBytes, true});
  CHECK(block_work(*spec.blocks[0].block, Precision::f16)[0].bytes == kConvBytes / 2);
}

TEST_CASE("a node takes the larger of arithmetic and memory") {
  const NodeWork work{1000, 4000};
  CHECK(node_ms({.gmacs_per_s = 1e9, .gbytes_per_s = 2}, work) == Approx(4000 / 2e6));
  CHECK(node_ms({.gmacs_per_s = 2, .gbytes_per_s = 1e9}, work) == Approx(1000 / 2e6));
}

TEST_CASE("an activation that alone reads the node above it costs nothing where nodes are folded") {
  const NetworkSpec spec = small_network();
  Roofline r{.gmacs_per_s = 1e9, .gbytes_per_s = 1, .node_us = 3, .folds = true};
  CHECK(network_ms(r, spec) == Approx(kConvBytes / 1e6 + 0.003));
  NetworkBuilder net("skip", {}, nullptr);
  const int x = net.input({1, 8, 10, 10});
  net.block("block", {}, {x}, [](BlockBuilder& b) {
    const Value first = b.add("act", std::make_shared<Activation>(), {b.input()});
    const Value second = b.add("act2", std::make_shared<Activation>(), {first});
    b.add("add", std::make_shared<Add>(), {first, second});
  });
  const NetworkSpec skip = net.finish();
  for (const NodeWork& work : block_work(*skip.blocks[0].block, Precision::f32)) {
    CHECK_FALSE(work.foldable);  // a block's input, a value read twice, a sum
  }
}

TEST_CASE("overheads are a node's and a network's") {
  const NetworkSpec spec = small_network();
  const Roofline r{.gmacs_per_s = 1e9, .gbytes_per_s = 1e9, .node_us = 3, .network_us = 50};
  CHECK(block_ms(r, *spec.blocks[0].block, Precision::f32) == Approx(0.006).epsilon(1e-3));
  CHECK(network_ms(r, spec) == Approx(0.056).epsilon(1e-3));
}

TEST_CASE("what fits into the cache moves at its speed, where that is known") {
  const NetworkSpec spec = small_network();
  const Block& block = *spec.blocks[0].block;
  Roofline r{.gmacs_per_s = 1e9, .gbytes_per_s = 1, .cache_bytes = kConvBytes};
  const double from_memory = (kConvBytes + kActBytes) / 1e6;
  CHECK(block_ms(r, block, Precision::f32) == Approx(from_memory));
  r.cache_gbytes_per_s = 10;  // the convolution fits, the function behind it does not
  CHECK(block_ms(r, block, Precision::f32) == Approx((kConvBytes / 10 + kActBytes) / 1e6));
  r.cache_bytes = 1e9;
  CHECK(block_ms(r, block, Precision::f32) == Approx(from_memory / 10));
}

TEST_CASE("half precision halves the traffic of a whole network") {
  const Roofline r{.gmacs_per_s = 1e9, .gbytes_per_s = 1};
  const double full = network_ms(r, small_network());
  CHECK(network_ms(r, small_network({.precision = Precision::bf16})) == Approx(full / 2));
}

TEST_CASE("larger archs never take less") {
  const auto space = test::shipped_space("ofa_mobilenet_v3_w1.0");
  const Roofline r{.gmacs_per_s = 24, .gbytes_per_s = 4, .node_us = 1, .network_us = 1};
  const double small = network_ms(r, space->lower(space->smallest()));
  CHECK(network_ms(r, space->lower(space->largest())) > 2 * small);
  CHECK(small > 0);
}
