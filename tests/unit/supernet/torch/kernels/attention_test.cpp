// covers: supernet/torch/kernels/cpu/one_query.cpp
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/autograd.h>

#include <cmath>

#include "core/error.h"
#include "supernet/ops/attention.h"
#include "supernet/torch/kernels/kernel.h"
#include "tests/support/catch.h"
#include "tests/support/torch_nets.h"

using namespace tailor;
using namespace tailor::supernet;
using tailor::test::random_tensor;
using tailor::test::relative_error;

namespace {

struct Inputs {
  at::Tensor q, k, v;

  Inputs(int64_t batch, int64_t tokens, int64_t heads, int64_t kv, int64_t d,
         at::ScalarType type = at::kFloat)
      : q(random_tensor({batch, tokens, heads, d}, 1).to(type)),
        k(random_tensor({batch, tokens, kv, d}, 2).to(type)),
        v(random_tensor({batch, tokens, kv, d}, 3).to(type)) {}
  std::vector<at::Tensor> part(int64_t begin, int64_t count) const {
    return {q.narrow(1, begin, count), k.narrow(1, begin, count), v.narrow(1, begin, count)};
  }
};

at::Tensor run(const Attention& op, const std::vector<at::Tensor>& inputs,
               NodeState* state = nullptr) {
  Node node{.name = "attention",
            .op = std::make_shared<Attention>(op),
            .inputs = {},
            .weights = {},
            .shape = {}};
  return find_kernel("attention")({.node = node, .inputs = inputs, .weights = {}, .state = state});
}

/// Token by token, as the words say.
at::Tensor plain(const Inputs& in, int64_t window) {
  const int64_t group = in.q.size(2) / in.k.size(2), d = in.q.size(3);
  at::Tensor out = at::empty_like(in.q);
  for (int64_t t = 0; t < in.q.size(1); ++t) {
    const int64_t first = window > 0 ? std::max<int64_t>(0, t - window + 1) : 0;
    for (int64_t h = 0; h < in.q.size(2); ++h) {
      const at::Tensor keys = in.k.select(2, h / group).narrow(1, first, t + 1 - first);
      const at::Tensor values = in.v.select(2, h / group).narrow(1, first, t + 1 - first);
      const at::Tensor query = in.q.select(2, h).narrow(1, t, 1);
      const at::Tensor weights =
          at::softmax(at::matmul(query, keys.transpose(1, 2)) / std::sqrt(double(d)), -1);
      out.select(2, h).narrow(1, t, 1).copy_(at::matmul(weights, values));
    }
  }
  return out;
}

/// The tokens in pieces, each behind what came before.
at::Tensor in_pieces(const Attention& op, const Inputs& in, const std::vector<int64_t>& cut,
                     int64_t capacity) {
  NodeState state{.capacity = capacity};
  std::vector<at::Tensor> parts;
  for (const int64_t count : cut) {
    parts.push_back(run(op, in.part(state.position, count), &state));
    state.position += count;
  }
  return at::cat(parts, 1);
}

}  // namespace

TEST_CASE("attention is the causal softmax, with grouped queries and windows") {
  const Inputs in(2, 23, 6, 2, 8);
  for (const int64_t window : {0, 1, 3, 22, 23, 50}) {
    INFO(window);
    const Attention op(window, 0);
    CHECK(relative_error(run(op, in.part(0, 23)), plain(in, window)) < 1e-5);
  }
}

TEST_CASE("tokens in any pieces are attended to as the whole is") {
  const Inputs in(2, 23, 6, 2, 8);
  const std::vector<std::vector<int64_t>> cuts = {
      {23}, {7, 16}, {1, 22}, {20, 1, 1, 1}, {3, 1, 4, 1, 5, 9}, std::vector<int64_t>(23, 1)};
  for (const int64_t window : {0, 1, 4, 10, 23, 40}) {
    const at::Tensor whole = plain(in, window);
    for (const auto& cut : cuts) {
      for (const int64_t capacity : {0, 23, 30}) {
        INFO("window " << window << ", capacity " << capacity << ", first piece " << cut[0]);
        CHECK(relative_error(in_pieces(Attention(window, 0), in, cut, capacity), whole) < 1e-5);
      }
    }
  }
}

TEST_CASE("a long prompt is worked on in blocks of queries") {
  const Inputs in(1, 1300, 2, 1, 4);
  for (const int64_t window : {0, 600}) {
    const at::Tensor whole = plain(in, window);
    CHECK(relative_error(run(Attention(window, 0), in.part(0, 1300)), whole) < 1e-4);
    const at::Tensor pieces = in_pieces(Attention(window, 0), in, {700, 599, 1}, 1300);
    CHECK(relative_error(pieces, whole) < 1e-4);
  }
}

TEST_CASE("one query over a long cache is exact in float32, whatever its scores") {
  for (const double size : {1.0, 30.0}) {
    Inputs in(1, 3000, 4, 2, 20);
    in.q *= size;
    NodeState state{.capacity = 3000};
    run(Attention(), in.part(0, 2999), &state);
    state.position = 2999;
    const at::Tensor got = run(Attention(), in.part(2999, 1), &state);
    Inputs exact(1, 3000, 4, 2, 20);
    exact.q = in.q.to(at::kDouble), exact.k = in.k.to(at::kDouble), exact.v = in.v.to(at::kDouble);
    const at::Tensor want = plain(exact, 0).narrow(1, 2999, 1);
    CHECK(relative_error(got, want) < (size > 1 ? 2e-5 : 2e-6));
  }
}

TEST_CASE("one query over a cache of bfloat16 is as exact as what it reads") {
  for (const int64_t d : {20, 64}) {
    const Inputs in(1, 1100, 4, 2, d, at::kBFloat16);
    NodeState state{.capacity = 1100};
    run(Attention(), in.part(0, 1099), &state);
    CHECK(state.tensors[0].scalar_type() == at::kBFloat16);
    state.position = 1099;
    const at::Tensor got = run(Attention(), in.part(1099, 1), &state);
    CHECK(got.scalar_type() == at::kBFloat16);
    Inputs exact = in;
    for (at::Tensor* x : {&exact.q, &exact.k, &exact.v}) *x = x->to(at::kDouble);
    const at::Tensor want = plain(exact, 0).narrow(1, 1099, 1);
    CHECK(relative_error(got.to(at::kDouble), want) < 4e-3);  // half a step of its eight bits
  }
}

TEST_CASE("a cache takes the batch it was made for, and as many bytes as it holds tokens") {
  const Inputs two(2, 5, 2, 1, 4), three(3, 5, 2, 1, 4);
  NodeState state{.capacity = 9};
  run(Attention(), two.part(0, 5), &state);
  CHECK(state.tensors[0].sizes() == at::IntArrayRef({2, 1, 9, 4}));
  state.position = 5;
  CHECK_THROWS_AS(run(Attention(), three.part(0, 1), &state), ShapeError);
  NodeState ring{.capacity = 9};
  run(Attention(3, 0), two.part(0, 5), &ring);
  CHECK(ring.tensors[0].sizes() == at::IntArrayRef({2, 1, 3, 4}));
}

TEST_CASE("gradients pass through attention") {
  Inputs in(1, 6, 2, 1, 4, at::kDouble);
  for (at::Tensor* x : {&in.q, &in.k, &in.v}) x->requires_grad_();
  const at::Tensor pull = random_tensor({1, 6, 2, 4}, 9).to(at::kDouble);
  for (const int64_t window : {0, 3}) {
    const auto value = [&] { return (run(Attention(window, 0), in.part(0, 6)) * pull).sum(); };
    const auto grads = torch::autograd::grad({value()}, {in.q, in.k, in.v});
    at::NoGradGuard no_grad;
    const std::vector<at::Tensor> leaves = {in.q, in.k, in.v};
    for (size_t i = 0; i < 3; ++i) {
      const at::Tensor flat = leaves[i].view(-1);
      for (int64_t j = 0; j < flat.numel(); j += 5) {
        const double at_j = flat[j].item<double>(), h = 1e-6;
        flat[j] = at_j + h;
        const double up = value().item<double>();
        flat[j] = at_j - h;
        const double down = value().item<double>();
        flat[j] = at_j;
        CHECK(grads[i].view(-1)[j].item<double>() == Approx((up - down) / (2 * h)).margin(1e-7));
      }
    }
  }
}
