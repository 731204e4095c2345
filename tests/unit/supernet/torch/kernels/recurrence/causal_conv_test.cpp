// Causal convolutions against their definition: history shorter and longer than the tokens, cuts,
// gradients, taps in blocks.
// covers: supernet/torch/kernels/recurrence/dynamic_causal_conv.cpp
#include "supernet/torch/kernels/recurrence/causal_conv.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/autograd.h>

#include "core/error.h"
#include "tests/support/error_text.h"
#include "tests/support/recurrence_samples.h"

#include "tests/support/catch.h"

using namespace tailor;
using namespace tailor::supernet;
using namespace tailor::test;

namespace {

/// out[t, d] = sum_w taps[t, d, w] x[t - W + 1 + w, d]; taps [B, T, D, W].
at::Tensor by_definition(const at::Tensor& x, const at::Tensor& taps, const at::Tensor& history) {
  const int64_t width = taps.size(3), tokens = x.size(1);
  const at::Tensor before =
      history.defined() ? history : at::zeros({x.size(0), width - 1, x.size(2)}, x.options());
  const at::Tensor all = at::cat({before, x}, 1);
  Tensors rows;
  for (int64_t t = 0; t < tokens; ++t) {
    rows.push_back((all.narrow(1, t, width).transpose(1, 2) * taps.select(1, t)).sum(-1));
  }
  return at::stack(rows, 1);
}

/// A static or a dynamic convolution of 3 channels with 4 taps.
struct Conv {
  Tensors weights;  // weight, bias; or w2, bias
  at::Tensor hidden;
  ConvResult run(const at::Tensor& x, const at::Tensor& h, const at::Tensor& history) const {
    return h.defined() ? dynamic_causal_conv(x, h, weights[0], weights[1], 4, history)
                       : causal_conv(x, weights[0], weights[1], history);
  }
};

Conv static_conv() { return {{normal_fill(1, {3, 4}), normal_fill(2, {3})}, {}}; }
Conv dynamic_conv(int64_t tokens) {
  return {{normal_fill(3, {12, 5}), normal_fill(4, {12})}, normal_fill(5, {2, tokens, 5})};
}

at::Tensor piece(const at::Tensor& x, int64_t begin, int64_t count) {
  return x.defined() ? x.narrow(1, begin, count) : x;
}

}  // namespace

TEST_CASE("a short chunk shifts the history") {
  const at::Tensor history = at::tensor({1.0, 2.0, 3.0, 4.0}).reshape({1, 4, 1});
  const at::Tensor x = at::tensor({5.0, 6.0}).reshape({1, 2, 1});
  const ConvResult out = causal_conv(x, at::ones({1, 5}), {}, history);
  CHECK(out.history.flatten().equal(at::tensor({3.0, 4.0, 5.0, 6.0})));
  CHECK(out.output.flatten().equal(at::tensor({15.0, 20.0})));
  const ConvResult first = causal_conv(x, at::ones({1, 5}), {}, {});
  CHECK(first.history.flatten().equal(at::tensor({0.0, 0.0, 5.0, 6.0})));
  CHECK(causal_conv(x, at::full({1, 1}, 2.0), {}, {}).history.sizes() ==
        at::IntArrayRef({1, 0, 1}));
}

TEST_CASE("convolutions match their definition, whole and in any cutting") {
  Rng rng(3);
  const int64_t tokens = 23;
  const at::Tensor x = normal_fill(6, {2, tokens, 3}), history = normal_fill(7, {2, 3, 3});
  for (const Conv& conv : {static_conv(), dynamic_conv(tokens)}) {
    const at::Tensor taps = conv.hidden.defined()
                                ? (at::matmul(conv.hidden, conv.weights[0].t()) + conv.weights[1])
                                      .view({2, tokens, 3, 4})
                                : conv.weights[0].expand({2, tokens, 3, 4});
    at::Tensor want = by_definition(x, taps, history);
    if (!conv.hidden.defined()) want = want + conv.weights[1];
    const ConvResult whole = conv.run(x, conv.hidden, history);
    CHECK(largest_error({whole.output, whole.history}, {want, x.narrow(1, tokens - 3, 3)}) < 1e-13);
    for (int i = 0; i < 8; ++i) {
      at::Tensor carried = history;
      Tensors outputs;
      for (int64_t t = 0; t < tokens;) {
        const int64_t count = std::min<int64_t>(tokens - t, 1 + rng.below(i < 4 ? 3 : 12));
        const ConvResult out = conv.run(piece(x, t, count), piece(conv.hidden, t, count), carried);
        outputs.push_back(out.output);
        carried = out.history;
        t += count;
      }
      CHECK(largest_error({at::cat(outputs, 1), carried}, {want, whole.history}) < 1e-13);
    }
  }
}

TEST_CASE("gradients of convolutions match finite differences") {
  const double h = 1e-6;
  for (const Conv& conv : {static_conv(), dynamic_conv(6)}) {
    Tensors inputs = {normal_fill(6, {2, 6, 3}), normal_fill(7, {2, 3, 3}), conv.weights[0],
                      conv.weights[1]};
    if (conv.hidden.defined()) inputs.push_back(conv.hidden);
    const auto value = [&](const Tensors& x) {
      const Conv moved = {{x[2], x[3]}, {}};
      const ConvResult out = moved.run(x[0], x.size() > 4 ? x[4] : at::Tensor(), x[1]);
      return (out.output * normal_fill(8, out.output.sizes())).sum() +
             (out.history * normal_fill(9, out.history.sizes())).sum();
    };
    Tensors leaves;
    for (const at::Tensor& x : inputs) leaves.push_back(x.clone().requires_grad_());
    const Tensors grads = torch::autograd::grad({value(leaves)}, leaves);
    for (size_t i = 0; i < inputs.size(); ++i) {
      const at::Tensor direction = normal_fill(40 + i, inputs[i].sizes());
      const auto moved = [&](double by) {
        Tensors x = inputs;
        x[i] = x[i] + by * direction;
        return value(x).item<double>();
      };
      INFO("input " << i);
      CHECK((grads[i] * direction).sum().item<double>() ==
            Approx((moved(h) - moved(-h)) / (2 * h)).epsilon(1e-7));
    }
  }
}

TEST_CASE("taps made in several blocks give the same, forward and backward") {
  // 2^19 values of a tap are held at a time: 4096 channels make blocks of 64 tokens in two batches.
  const int64_t tokens = 150, channels = 4096, rank = 2;
  Tensors x = {normal_fill(1, {2, tokens, channels}), normal_fill(2, {2, tokens, rank}),
               normal_fill(3, {channels * 3, rank}), normal_fill(4, {channels * 3})};
  for (at::Tensor& leaf : x) leaf = leaf.to(at::kFloat).requires_grad_();
  const at::Tensor dy = normal_fill(5, {2, tokens, channels}).to(at::kFloat);
  const at::Tensor got = dynamic_causal_conv(x[0], x[1], x[2], x[3], 3, {}).output;
  const at::Tensor taps = (at::matmul(x[1], x[2].t()) + x[3]).view({2, tokens, channels, 3});
  const at::Tensor want = by_definition(x[0], taps, {});
  CHECK(largest_error({got.detach()}, {want.detach()}) < 1e-5);
  CHECK(largest_error(torch::autograd::grad({got}, x, {dy}),
                      torch::autograd::grad({want}, x, {dy})) < 1e-5);
}

TEST_CASE("wrong shapes of convolutions are errors that name the input") {
  const at::Tensor x = at::ones({2, 5, 3});
  CHECK(error_text<ShapeError>([&] {
          causal_conv(x, at::ones({4, 2}), {}, {});
        }) == "causal_conv: weight must be [3, 2], got [4, 2]");
  CHECK(error_text<ShapeError>([&] {
          causal_conv(x, at::ones({3, 2}), {}, at::ones({2, 2, 3}));
        }) == "causal_conv: history must be [2, 1, 3], got [2, 2, 3]");
  CHECK(error_text<ShapeError>([&] {
          dynamic_causal_conv(x, at::ones({2, 5, 4}), at::ones({6, 7}), at::ones({6}), 2, {});
        }) == "dynamic_causal_conv: hidden must be [2, 5, 7], got [2, 5, 4]");
}
