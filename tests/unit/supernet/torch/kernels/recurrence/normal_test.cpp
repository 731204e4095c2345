// L2 and gated RMS norm against their formulas, with gradients.
#include "supernet/torch/kernels/recurrence/normal.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/autograd.h>

#include "core/error.h"
#include "tests/support/error_text.h"
#include "tests/support/recurrence_samples.h"

#include "tests/support/catch.h"

using namespace tailor;
using namespace tailor::supernet;
using namespace tailor::test;

TEST_CASE("l2_normalise adds eps to the sum of squares") {
  at::Tensor x = (normal_fill(1, {2, 3, 5}) * 0.01).requires_grad_();
  const at::Tensor dy = normal_fill(2, {2, 3, 5});
  const at::Tensor got = l2_normalise(x, 1e-4), want = x / (x.square().sum(-1, true) + 1e-4).sqrt();
  CHECK(largest_error({got.detach()}, {want.detach()}) < 1e-14);
  CHECK(largest_error(torch::autograd::grad({got}, {x}, {dy}),
                      torch::autograd::grad({want}, {x}, {dy})) < 1e-13);
  CHECK(l2_normalise(at::zeros({2, 4})).abs().max().item<double>() == 0);
  CHECK(l2_normalise(x.to(at::kBFloat16)).scalar_type() == at::kBFloat16);
}

TEST_CASE("gated_rms_norm gates after or before the norm") {
  Tensors x = {normal_fill(1, {2, 3, 6}), normal_fill(2, {2, 3, 6}), normal_fill(3, {6})};
  for (at::Tensor& leaf : x) leaf.requires_grad_();
  const at::Tensor dy = normal_fill(4, {2, 3, 6}), open = x[1] * x[1].sigmoid();
  const auto rms = [](const at::Tensor& y) {
    return y / (y.square().mean(-1, true) + 1e-5).sqrt();
  };
  for (const bool gate_first : {false, true}) {
    const at::Tensor want = gate_first ? rms(x[0] * open) * x[2] : rms(x[0]) * x[2] * open;
    const at::Tensor got = gated_rms_norm(x[0], x[1], x[2], 1e-5, gate_first);
    CHECK(largest_error({got.detach()}, {want.detach()}) < 1e-14);
    CHECK(largest_error(torch::autograd::grad({got}, x, {dy}),
                        torch::autograd::grad({want}, x, {dy}, true)) < 1e-13);
  }
  CHECK(error_text<ShapeError>([&] { gated_rms_norm(x[0], x[1], at::ones({5}), 1e-5, true); }) ==
        "gated_rms_norm: weight must be [6], got [5]");
}
