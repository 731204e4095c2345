// Batch norm with its activation against ATen in double, forward and backward; layer and RMS norm.
// covers: supernet/torch/kernels/cpu/norm_act.cpp
#include "supernet/ops/norms.h"

#include <ATen/ATen.h>

#include <chrono>
#include <cmath>
#include <limits>

#include "supernet/torch/kernels/cpu/norm_act.h"
#include "supernet/torch/kernels/kernel.h"
#include "tests/support/torch_nets.h"

#include "tests/support/catch.h"

using namespace tailor;
using namespace tailor::supernet;

namespace {

const double kEps = 1e-5;

Node norm_node(int64_t channels) {
  Node node{.name = "bn",
            .op = std::make_shared<BatchNorm>(kEps, 0.1),
            .inputs = {0},
            .weights = {},
            .shape = {}};
  for (Role role : {Role::scale, Role::shift, Role::running_mean, Role::running_var}) {
    node.weights.push_back(whole_weight(role_name(role), role, Init::zeros, {channels}));
  }
  return node;
}

struct Result {
  at::Tensor y, dx, dscale, dshift;
};

template <class Run>
Result differentiate(at::Tensor x, at::Tensor scale, at::Tensor shift, const at::Tensor& dy,
                     const Run& run) {
  x = x.detach().requires_grad_();
  scale = scale.detach().requires_grad_();
  shift = shift.detach().requires_grad_();
  const at::Tensor y = run(x, scale, shift);
  y.backward(dy.to(y.scalar_type()));
  return {y.detach(), x.grad(), scale.grad(), shift.grad()};
}

/// scale and shift such that normalised values cross the kinks of every activation.
struct Affine {
  at::Tensor scale, shift;
  explicit Affine(int64_t channels)
      : scale(test::random_tensor({channels}, 11, 0.5, 3)),
        shift(test::random_tensor({channels}, 12, 1, 1)) {}
};

Result ours(const at::Tensor& x, const Affine& a, const at::Tensor& dy, std::string_view act,
            NormStatistics& statistics) {
  const Node node = norm_node(x.size(1));
  return differentiate(x, a.scale, a.shift, dy,
                       [&](const at::Tensor& in, const at::Tensor& scale, const at::Tensor& shift) {
                         const std::vector<at::Tensor> weights = {scale, shift, {}, {}};
                         return find_kernel("batch_norm")({.node = node,
                                                           .inputs = std::span(&in, 1),
                                                           .weights = weights,
                                                           .mode = RunMode::train,
                                                           .statistics = &statistics,
                                                           .fused_activation = act});
                       });
}

Result exact(const at::Tensor& x, const Affine& a, const at::Tensor& dy, std::string_view act) {
  return differentiate(x.to(at::kDouble), a.scale.to(at::kDouble), a.shift.to(at::kDouble), dy,
                       [&](const at::Tensor& in, const at::Tensor& scale, const at::Tensor& shift) {
                         const at::Tensor y =
                             at::batch_norm(in, scale, shift, {}, {}, true, 0, kEps, false);
                         return act.empty() ? y : apply_activation(y, act, false);
                       });
}

/// Normalised values within `margin` of a kink may fall on its other side in float: no gradient
/// from there.
at::Tensor away_from_kinks(const at::Tensor& x, const Affine& a, double margin) {
  const at::Tensor z = at::batch_norm(x.to(at::kDouble), a.scale.to(at::kDouble),
                                      a.shift.to(at::kDouble), {}, {}, true, 0, kEps, false);
  at::Tensor mask = at::ones_like(z);
  for (double kink : {-3.0, 0.0, 3.0, 6.0}) mask.mul_((z - kink).abs().gt(margin));
  return mask;
}

void check(const at::Tensor& x, std::string_view act, double tolerance) {
  INFO(shape_text(x.sizes().vec()) << " " << act);
  const Affine a(x.size(1));
  const at::Tensor dy =
      (test::random_tensor(x.sizes().vec(), 13) * away_from_kinks(x, a, 10 * tolerance))
          .to(at::kFloat);
  NormStatistics statistics;
  const Result got = ours(x, a, dy, act, statistics), want = exact(x, a, dy, act);
  CHECK(test::relative_error(got.y, want.y) < tolerance);
  CHECK(test::relative_error(got.dx, want.dx) < tolerance);
  CHECK(test::relative_error(got.dscale, want.dscale) < tolerance);
  CHECK(test::relative_error(got.dshift, want.dshift) < tolerance);
  std::vector<int64_t> others = {0};
  for (int64_t d = 2; d < x.dim(); ++d) others.push_back(d);
  const at::Tensor wide = x.to(at::kDouble);
  // The mean of numbers around 0 cancels: what is left of it is compared as closely as the rest.
  CHECK(test::relative_error(statistics.batch_mean, wide.mean(others)) < tolerance);
  CHECK(test::relative_error(statistics.batch_var, wide.var(others, false)) < tolerance);
  CHECK(statistics.batch_count == x.numel() / x.size(1));
}

}  // namespace

TEST_CASE("batch norm with each activation equals ATen's in double, forward and backward") {
  for (const char* act : {"", "relu", "relu6", "h_swish"}) {
    for (int64_t channels : {1, 3, 8, 13, 16, 24, 40, 72, 100}) {
      check(test::random_tensor({3, channels, 7, 7}, 1), act, 1e-5);
    }
    check(test::random_tensor({2, 960, 4, 4}, 2), act, 1e-5);
    check(test::random_tensor({16, 24, 28, 28}, 3), act, 1e-5);
    check(test::random_tensor({9, 30}, 4), act, 1e-5);  // rows alone
    check(test::random_tensor({2, 16, 5, 5}, 5).contiguous(at::MemoryFormat::ChannelsLast), act,
          1e-5);
  }
}

TEST_CASE("relu6 passes gradients strictly between 0 and 6, and where it cannot tell") {
  const float tiny = std::numeric_limits<float>::denorm_min(), inf = INFINITY;
  const std::vector<std::pair<float, float>> cases = {{-inf, 0},
                                                      {-7, 0},
                                                      {-tiny, 0},
                                                      {-0.0f, 0},
                                                      {0, 0},
                                                      {tiny, 1},
                                                      {3, 1},
                                                      {1e-7f, 1},
                                                      {6, 0},
                                                      {7, 0},
                                                      {std::nextafter(6.0f, 0.0f), 1},
                                                      {1e30f, 0},
                                                      {inf, 0},
                                                      {NAN, 1}};
  for (const size_t channels : {16, 8, 1}) {  // each width of the kernel's blocks
    for (const auto& [z, passes] : cases) {
      INFO(z << " in " << channels << " channels");
      const std::vector<float> x(channels, z), one(channels, 1), zero(channels, 0);
      std::vector<float> sum(channels), sum_xhat(channels);
      cpu::norm_act_backward_sums(x.data(), one.data(), 1, static_cast<int64_t>(channels),
                                  one.data(), zero.data(), zero.data(), one.data(), cpu::Act::relu6,
                                  sum.data(), sum_xhat.data());
      for (const float each : sum) CHECK(each == passes);
    }
  }
}

TEST_CASE("relu6 is differentiated as fast as relu, near enough") {
  const int64_t rows = 1000, channels = 96;
  const at::Tensor x = test::random_tensor({rows, channels}, 14, 1, 3).contiguous();
  const at::Tensor one = at::ones({channels}), zero = at::zeros({channels});
  at::Tensor sum = at::empty({channels}), sum_xhat = at::empty({channels});
  const auto least_seconds = [&](cpu::Act act) {
    double least = INFINITY;
    for (int i = 0; i < 30; ++i) {
      const auto begin = std::chrono::steady_clock::now();
      cpu::norm_act_backward_sums(x.data_ptr<float>(), x.data_ptr<float>(), rows, channels,
                                  one.data_ptr<float>(), zero.data_ptr<float>(),
                                  zero.data_ptr<float>(), one.data_ptr<float>(), act,
                                  sum.data_ptr<float>(), sum_xhat.data_ptr<float>());
      const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
      least = std::min(least, took.count());
    }
    return least;
  };
  // 1.1 times where comparisons stay vectors, 40 times where they do not.
  CHECK(least_seconds(cpu::Act::relu6) < 8 * least_seconds(cpu::Act::relu));
}

TEST_CASE("batch norm of one value a channel is its shift") {
  const at::Tensor x = test::random_tensor({1, 24, 1, 1}, 6);
  NormStatistics statistics;
  const Affine a(24);
  const Result got = ours(x, a, at::ones({1, 24, 1, 1}), "", statistics);
  // x * a + b with a = scale / sqrt(eps): rounding is magnified by 1 / sqrt(eps) = 316.
  CHECK(test::relative_error(got.y.flatten(), a.shift) < 1e-4);
  CHECK(got.dx.abs().max().item<double>() < 1e-3);
  CHECK(statistics.batch_var.abs().max().item<double>() == 0);
}

TEST_CASE("a large mean does not swallow a small variance") {
  // At mean 1000 and deviation 0.01 a float holds x to 6e-5, that is 0.6 % of the deviation; what
  // is compared is what float inputs allow, against the same rounded inputs in double.
  const at::Tensor moderate = test::random_tensor({8, 24, 14, 14}, 7, 0.1, 100);
  for (const char* act : {"", "relu", "relu6", "h_swish"}) check(moderate, act, 2e-3);
  const at::Tensor x = test::random_tensor({8, 24, 14, 14}, 7, 0.01, 1000);
  NormStatistics statistics;
  const Affine a(24);
  ours(x, a, at::ones_like(x), "", statistics);
  const at::Tensor wide = x.to(at::kDouble);
  CHECK(test::relative_error(statistics.batch_mean, wide.mean({0, 2, 3})) < 1e-6);
  CHECK(test::relative_error(statistics.batch_var, wide.var({0, 2, 3}, false)) < 1e-2);
}

TEST_CASE("batch norm in eval uses the statistics it is given") {
  const at::Tensor x = test::random_tensor({2, 24, 5, 5}, 8);
  const Affine a(24);
  NormStatistics statistics{
      test::random_tensor({24}, 9), test::random_tensor({24}, 10).abs(), {}, {}};
  const Node node = norm_node(24);
  const std::vector<at::Tensor> weights = {a.scale, a.shift, statistics.mean, statistics.var};
  for (const char* act : {"", "relu", "h_swish"}) {
    const at::Tensor y = find_kernel("batch_norm")({.node = node,
                                                    .inputs = std::span(&x, 1),
                                                    .weights = weights,
                                                    .mode = RunMode::eval,
                                                    .statistics = &statistics,
                                                    .fused_activation = act});
    at::Tensor want =
        at::batch_norm(x, a.scale, a.shift, statistics.mean, statistics.var, false, 0, kEps, false);
    if (*act) want = apply_activation(want, act, false);
    CHECK(test::relative_error(y, want) < 1e-5);
  }
}

TEST_CASE("which activations a norm takes along") {
  CHECK(norm_fuses("relu"));
  CHECK(norm_fuses("relu6"));
  CHECK(norm_fuses("h_swish"));
  CHECK_FALSE(norm_fuses("gelu"));
  CHECK_FALSE(norm_fuses("identity"));
}
