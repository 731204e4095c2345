// covers: supernet/torch/kernels/recurrences.cpp, supernet/torch/kernels/cpu/matrix_vector.cpp
#include <ATen/ATen.h>

#include <cmath>

#include "supernet/ops/causal_conv.h"
#include "supernet/ops/elementwise.h"
#include "supernet/ops/embedding.h"
#include "supernet/ops/linear.h"
#include "supernet/ops/norms.h"
#include "supernet/ops/recurrence.h"
#include "supernet/ops/rotary.h"
#include "supernet/torch/kernels/kernel.h"
#include "tests/support/catch.h"
#include "tests/support/op_shapes.h"
#include "tests/support/torch_nets.h"

using namespace tailor;
using namespace tailor::supernet;
using tailor::test::random_tensor;
using tailor::test::relative_error;

namespace {

template <class T>
at::Tensor run(const T& op, const std::vector<at::Tensor>& inputs,
               const std::vector<std::pair<Role, at::Tensor>>& weights = {},
               NodeState* state = nullptr) {
  Node node{
      .name = "node", .op = std::make_shared<T>(op), .inputs = {}, .weights = {}, .shape = {}};
  std::vector<at::Tensor> values;
  for (const auto& [role, value] : weights) {
    node.weights.push_back(test::ref(role, value.sizes().vec()));
    values.push_back(value);
  }
  return find_kernel(op.kind())(
      {.node = node, .inputs = inputs, .weights = values, .state = state});
}

}  // namespace

TEST_CASE("rotary positions turn pairs by the token's angle, wherever the sequence is cut") {
  const at::Tensor x = random_tensor({1, 7, 2, 6}, 1).to(at::kDouble);
  const at::Tensor y = run(Rotary(100), {x});
  for (int64_t t = 0; t < 7; ++t) {
    for (int64_t i = 0; i < 3; ++i) {
      const double angle =
          static_cast<double>(t) * std::pow(100, -2.0 * static_cast<double>(i) / 6);
      const double u = x[0][t][1][i].item<double>(), v = x[0][t][1][i + 3].item<double>();
      CHECK(y[0][t][1][i].item<double>() ==
            Approx(u * std::cos(angle) - v * std::sin(angle)).margin(1e-12));
      CHECK(y[0][t][1][i + 3].item<double>() ==
            Approx(v * std::cos(angle) + u * std::sin(angle)).margin(1e-12));
    }
  }
  NodeState state{.position = 4};
  CHECK(relative_error(run(Rotary(100), {x.narrow(1, 4, 3)}, {}, &state), y.narrow(1, 4, 3)) <
        1e-12);
}

TEST_CASE("a gated norm gates behind the norm or before it") {
  const at::Tensor x = random_tensor({2, 3, 4}, 1), gate = random_tensor({2, 3, 4}, 2),
                   scale = random_tensor({4}, 3);
  const auto norm = [&](const at::Tensor& v) {
    return v * at::rsqrt(v.pow(2).mean(-1, true) + 1e-5) * scale;
  };
  CHECK(relative_error(run(GatedRmsNorm(1e-5), {x, gate}, {{Role::scale, scale}}),
                       norm(x) * at::silu(gate)) < 1e-6);
  CHECK(relative_error(run(GatedRmsNorm(1e-5, true), {x, gate}, {{Role::scale, scale}}),
                       norm(x * at::silu(gate))) < 1e-6);
}

TEST_CASE("an L2 norm adds its epsilon to the sum") {
  const at::Tensor x = at::tensor({3.0, 4.0}, at::kDouble);
  L2Norm op(2);
  op.eps = 11;
  CHECK(relative_error(run(op, {x}), x / 6 * 2) < 1e-12);
}

TEST_CASE("ids look up rows, and the last token is cut off") {
  const at::Tensor table = random_tensor({9, 4}, 1);
  const at::Tensor ids = at::tensor(std::vector<int64_t>{8, 0, 3}).unsqueeze(0);
  const at::Tensor rows = run(Embedding(), {ids}, {{Role::weight, table}});
  CHECK(rows[0][0].equal(table[8]));
  CHECK(run(LastToken(), {rows})[0][0].equal(table[3]));
}

TEST_CASE("retention's heads keep 1 - 2^(-5-j) of their state") {
  const at::Tensor ones = at::ones({1, 1, 3, 1}), zeros = at::zeros({1, 1, 3, 1});
  NodeState state;
  run(GatedLinearAttention(1), {ones, ones, ones}, {}, &state);
  run(GatedLinearAttention(1), {ones, zeros, zeros}, {}, &state);
  for (int64_t j = 0; j < 3; ++j) {
    CHECK(state.tensors[0][0][j].item<double>() ==
          Approx(1 - std::exp2(-5 - static_cast<double>(j))));
  }
}

TEST_CASE("keys of a group serve all its heads") {
  const at::Tensor q = random_tensor({1, 5, 1, 4}, 1), k = random_tensor({1, 5, 1, 4}, 2),
                   v = random_tensor({1, 5, 3, 4}, 3), g = -random_tensor({1, 5, 3}, 4).abs();
  const auto wide = [](const at::Tensor& x) { return x.expand({1, 5, 3, 4}).contiguous(); };
  CHECK(relative_error(run(GatedLinearAttention(1), {q, k, v, g}),
                       run(GatedLinearAttention(1), {wide(q), wide(k), v, g})) < 1e-6);
}

TEST_CASE("a log decay is minus a rate times the step") {
  const at::Tensor step = at::tensor({0.5, 2.0}, at::kDouble);
  const at::Tensor rate = at::log(at::tensor({3.0, 4.0}, at::kDouble));
  CHECK(relative_error(run(LogDecay(), {step}, {{Role::scale, rate}}),
                       at::tensor({-1.5, -8.0}, at::kDouble)) < 1e-12);
}

TEST_CASE("a stretched rotary position has its own rates and amplitude") {
  const at::Tensor x = random_tensor({1, 5, 2, 6}, 1).to(at::kDouble);
  const RopeScaling scaling{
      .kind = "yarn", .factor = 3, .slow = 1, .fast = 2, .amplitude = 1.5, .context = 40};
  const ScaledRotary op(100, scaling);
  const at::Tensor y = run(op, {x});
  const auto rates = rotary_rates(100, scaling, 3);
  CHECK(rates != rotary_rates(100, {}, 3));
  for (int64_t i = 0; i < 3; ++i) {
    const double angle = 4 * rates[static_cast<size_t>(i)];
    const double u = x[0][4][1][i].item<double>(), v = x[0][4][1][i + 3].item<double>();
    CHECK(y[0][4][1][i].item<double>() ==
          Approx(1.5 * (u * std::cos(angle) - v * std::sin(angle))).margin(1e-12));
  }
}

TEST_CASE("a shift by a token gives the tokens before, wherever the sequence is cut") {
  const at::Tensor x = random_tensor({2, 6, 3}, 1);
  const at::Tensor want = at::cat({at::zeros({2, 1, 3}), x.narrow(1, 0, 5)}, 1);
  CHECK(run(TokenShift(), {x}).equal(want));
  NodeState state;
  int64_t begin = 0;
  for (const int64_t count : {3, 1, 2}) {
    const at::Tensor y = run(TokenShift(), {x.narrow(1, begin, count)}, {}, &state);
    CHECK(y.equal(want.narrow(1, begin, count)));
    begin += count;
  }
}

TEST_CASE("shares, sums over heads and norms of heads are what their names say") {
  const at::Tensor a = random_tensor({2, 5, 3, 4}, 1), b = random_tensor({2, 5, 3, 4}, 2);
  const at::Tensor by_head = random_tensor({3, 4}, 3), by_channel = random_tensor({4}, 4);
  const at::Tensor shift = random_tensor({3, 4}, 5);
  CHECK(relative_error(run(Lerp(), {a, b}, {{Role::scale, by_channel}}),
                       (1 - by_channel) * a + by_channel * b) < 1e-6);
  CHECK(relative_error(run(WeightedDot(), {a, b}, {{Role::scale, by_head}}),
                       at::einsum("bthk,bthk,hk->bth", {a, b, by_head}).unsqueeze(-1)) < 1e-6);
  CHECK(relative_error(run(ScaleHeads(), {a}, {{Role::scale, by_head}}), a * by_head) < 1e-6);
  const at::Tensor groups =
      at::group_norm(a.flatten(0, 1).flatten(1), 3, by_head.flatten(), shift.flatten(), 1e-2);
  CHECK(relative_error(run(HeadNorm(1e-2), {a}, {{Role::scale, by_head}, {Role::shift, shift}}),
                       groups.view(a.sizes())) < 1e-6);
}

TEST_CASE("a linear layer is the same for one vector, a few and many, in both precisions") {
  for (const int64_t d : {5, 48, 203}) {
    for (const int64_t vectors : {1, 3, 8, 9}) {
      const at::Tensor x = random_tensor({vectors, 1, d}, 1), w = random_tensor({67, d}, 2);
      const at::Tensor b = random_tensor({67}, 3);
      const auto exact = [](const at::Tensor& t) { return t.to(at::kDouble); };
      CHECK(relative_error(run(Linear(), {x}, {{Role::weight, w}, {Role::bias, b}}),
                           at::linear(exact(x), exact(w), exact(b))) < 1e-6);
      const at::Tensor xb = x.to(at::kBFloat16), wb = w.to(at::kBFloat16);
      const at::Tensor got = run(Linear(), {xb}, {{Role::weight, wb}});
      CHECK(got.scalar_type() == at::kBFloat16);
      CHECK(relative_error(got.to(at::kDouble), at::linear(exact(xb), exact(wb))) < 4e-3);
      const at::Tensor part = random_tensor({67, d + 3}, 4).narrow(1, 1, d);  // not contiguous
      CHECK(relative_error(run(Linear(), {x}, {{Role::weight, part}}),
                           at::linear(exact(x), exact(part))) < 1e-6);
    }
  }
}

TEST_CASE("a linear layer of one vector passes gradients on") {
  const at::Tensor x = random_tensor({1, 1, 6}, 1).requires_grad_();
  const at::Tensor w = random_tensor({4, 6}, 2).requires_grad_();
  run(Linear(), {x}, {{Role::weight, w}}).sum().backward();
  CHECK(relative_error(x.grad()[0][0], w.detach().sum(0)) < 1e-6);
  CHECK(relative_error(w.grad(), x.detach()[0].expand({4, 6})) < 1e-6);
}
