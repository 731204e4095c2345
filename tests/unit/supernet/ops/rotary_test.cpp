#include "supernet/ops/rotary.h"

#include <cmath>
#include <numbers>

#include "tests/support/catch.h"
#include "tests/support/op_shapes.h"

using namespace tailor;
using namespace tailor::test;

TEST_CASE("rotary positions turn pairs") {
  CHECK(shape_of(Rotary(), {{1, 3, 2, 8}}) == Shape{1, 3, 2, 8});
  CHECK(shape_error(Rotary(), {{1, 3, 2, 7}}) == "wants an even head size, got 7");
  CHECK(shape_error(Rotary(0), {{1, 3, 2, 8}}) == "theta must be above 0, got 0");
  CHECK(Rotary(1e6).text() == "rotary(theta=1000000)");
  CHECK(rotary_rates(1e4, {}, 2) == std::vector<double>{1, 0.01});
}

TEST_CASE("linear scaling slows all pairs") {
  const ScaledRotary op(1e4, RopeScaling::of("linear", 4));
  CHECK(rotary_rates(op.theta, op.scaling, 2) == std::vector<double>{0.25, 0.0025});
  CHECK(shape_of(op, {{1, 3, 2, 8}}) == Shape{1, 3, 2, 8});
  CHECK(
      op.text() ==
      "scaled_rotary(theta=10000 scaling=linear factor=4 slow=1 fast=4 amplitude=1 context=8192)");
}

TEST_CASE("llama3 scaling slows pairs by their turns over the context") {
  // Pair i of 4 turns 1000^(-i/4) * 200 / 2 pi times: 31.8, 5.66, 1.01, 0.18.
  RopeScaling scaling = RopeScaling::of("llama3", 8);
  scaling.context = 200;
  const auto plain = rotary_rates(1000, {}, 4), got = rotary_rates(1000, scaling, 4);
  const double share = (200 * plain[2] / (2 * std::numbers::pi) - 1) / 3;
  CHECK(got[0] == plain[0]);
  CHECK(got[1] == plain[1]);
  CHECK(share > 0.002);
  CHECK(got[2] == Approx(plain[2] * (share + (1 - share) / 8)).epsilon(1e-12));
  CHECK(got[3] == Approx(plain[3] / 8).epsilon(1e-12));
}

TEST_CASE("yarn scaling slows pairs by their place between two that turn so many times") {
  // 32 turns of 4096 tokens lie at pair 16 ln(4096 / 64 pi) / ln 1e4 = 5.24, one at 11.26.
  RopeScaling scaling = RopeScaling::of("yarn", 4);
  CHECK(scaling.amplitude == Approx(0.1 * std::log(4) + 1));
  scaling.context = 4096;
  const auto plain = rotary_rates(1e4, {}, 16), got = rotary_rates(1e4, scaling, 16);
  for (size_t i = 0; i < 16; ++i) {
    const double slowed = std::clamp((static_cast<double>(i) - 5) / (12.0 - 5), 0.0, 1.0);
    CHECK(got[i] == Approx(plain[i] * (1 - slowed + slowed / 4)).epsilon(1e-12));
  }
}

TEST_CASE("a scaling that is none of these is refused") {
  const auto refusal = [](const RopeScaling& scaling) {
    return shape_error(ScaledRotary(1e4, scaling), {{1, 3, 2, 8}});
  };
  CHECK(refusal({.kind = "longrope"}) ==
        "scaling must be one of none, linear, llama3, yarn, got longrope");
  CHECK(refusal({.kind = "yarn", .slow = 4}) == "slow must be below fast, got 4 and 4");
  CHECK(refusal({.kind = "linear", .factor = 0.5}) == "factor must be at least 1, got 0.5");
  CHECK(refusal({.kind = "llama3", .amplitude = 2}) == "amplitude is for yarn alone, not llama3");
  CHECK(refusal({.kind = "yarn", .context = 0}) == "context must be at least 1, got 0");
}
