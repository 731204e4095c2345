// The chunked gated delta rule: golden gradients, both implementations against each other, keys
// that make the triangular system worst.
// covers: supernet/torch/kernels/recurrence/delta_chunk_aten.cpp
// covers: supernet/torch/kernels/recurrence/gated_delta_rule.cpp
// covers: supernet/torch/kernels/cpu/delta_chunk.cpp
// covers: supernet/torch/kernels/cpu/delta_backward.cpp
// covers: supernet/torch/kernels/cpu/delta_parts.cpp
#include "supernet/torch/kernels/recurrence/delta_chunk.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/autograd.h>

#include "supernet/torch/kernels/recurrence/normal.h"
#include "tests/support/recurrence_samples.h"

#include "tests/support/catch.h"

using namespace tailor;
using namespace tailor::supernet;
using namespace tailor::test;

TEST_CASE("gradients of the gated delta rule have their golden sums") {
  const std::vector<double> sums = {-0.1990902804, 0.2492116957, 0.0132394656,
                                    -2.2586850159, 0.5408459482, -0.1229856801};
  const std::vector<double> squares = {1.2475785955, 2.8529490103, 1.9723103132,
                                       0.7400729619, 0.3290130939, 0.6051963270};
  const auto rows = [](double seed, int64_t width) {
    return sine_fill(seed, {1, 10, 1, width}, 1);
  };
  const Tensors inputs = {rows(1, 4) / 2,
                          l2_normalise(rows(2, 4)),
                          rows(3, 3),
                          -sine_fill(5, {1, 10, 1}, 1).abs(),
                          sine_fill(6, {1, 10, 1}, 1).sigmoid(),
                          sine_fill(4, {1, 1, 4, 3}, 0.5)};
  for (const auto& [type, tolerance] : {std::pair(at::kDouble, 1e-9), {at::kFloat, 1e-5}}) {
    for (const auto& [form, chunk] :
         {std::pair(Form::chunked, 64), {Form::chunked, 4}, {Form::recurrent, 64}}) {
      Tensors x = cast(inputs, type);
      for (at::Tensor& leaf : x) leaf = leaf.detach().clone().requires_grad_();
      const auto out = gated_delta_rule(x[0], x[1], x[2], x[3], x[4], x[5], form, chunk);
      const Tensors grads =
          torch::autograd::grad({out.output, out.state}, x,
                                {rows(8, 3).to(type), sine_fill(9, {1, 1, 4, 3}, 1).to(type)});
      for (size_t i = 0; i < 6; ++i) {
        const at::Tensor g = grads[i].to(at::kDouble);
        INFO("input " << i << " in " << type);
        CHECK(std::abs(g.sum().item<double>() - sums[i]) < tolerance);
        CHECK(std::abs(g.square().sum().item<double>() - squares[i]) < tolerance);
      }
    }
  }
}

TEST_CASE("the loops over floats and ATen are one function with one gradient") {
  for (const auto& [keys, values] : {std::pair(5, 3), {16, 40}, {33, 64}, {64, 128}}) {
    for (const RecurrenceCase& c : recurrence_cases(75, keys, values)) {
      if (c.tokens.size() != 5) continue;  // not a delta rule
      const Tensors x = cast(c.tokens, at::kFloat);
      const DeltaArguments in = {x[0], x[1], x[2], x[3], x[4], c.state.to(at::kFloat), 32};
      const DeltaForward loops = delta_forward_float(in, true), aten = delta_forward_aten(in, true);
      CHECK(largest_error({loops.output, loops.state}, {aten.output, aten.state}) < 5e-6);
      const at::Tensor dy = normal_fill(1, x[2].sizes()).to(at::kFloat);
      const at::Tensor ds = normal_fill(2, c.state.sizes()).to(at::kFloat);
      const DeltaBackward a = delta_backward_float(in, loops, dy, ds),
                          b = delta_backward_aten(in, aten, dy, ds);
      INFO(c.name << " " << keys << " " << values);
      CHECK(largest_error({a.q, a.k, a.v, a.beta, a.state}, {b.q, b.k, b.v, b.beta, b.state}) <
            1e-5);
      CHECK(a.g.defined() == x[3].defined());
      if (a.g.defined()) CHECK(largest_error({a.g}, {b.g}) < 1e-5);
    }
  }
}

TEST_CASE("identical keys written at full strength are solved to float accuracy") {
  const int64_t tokens = 256, keys = 32, values = 16;
  const at::Tensor key = l2_normalise(normal_fill(1, {1, 1, 1, keys}));
  const at::Tensor k = key.expand({1, tokens, 1, keys});
  const at::Tensor v = normal_fill(2, {1, tokens, 1, values});
  const at::Tensor q = normal_fill(3, {1, tokens, 1, keys}) / std::sqrt(keys);
  const at::Tensor g = at::full({1, tokens, 1}, -1e-7, at::kDouble);
  const at::Tensor beta = at::full({1, tokens, 1}, 1 - 1e-7, at::kDouble);
  const auto want = gated_delta_rule(q, k, v, g, beta, {}, Form::recurrent);
  const Tensors x = cast({q, k, v, g, beta}, at::kFloat);
  const auto loops = gated_delta_rule(x[0], x[1], x[2], x[3], x[4], {}, Form::chunked, 64);
  CHECK(largest_error({loops.output, loops.state}, {want.output, want.state}) < 1e-5);
  const at::Tensor zeros = at::zeros({1, 1, keys, values});
  const DeltaForward aten = delta_forward_aten({x[0], x[1], x[2], x[3], x[4], zeros, 64}, false);
  CHECK(largest_error({aten.output, aten.state}, {want.output, want.state}) < 1e-5);
}
