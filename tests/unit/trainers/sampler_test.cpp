// Drawing a step's subnets, and the losses of distillation.
// covers: trainers/phases/subnet_sampler.cpp
#include "trainers/phases/subnet_sampler.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/autograd.h>

#include <cmath>

#include "core/error.h"
#include "supernet/space/cost.h"
#include "tests/support/spaces.h"
#include "trainers/losses.h"

#include "tests/support/catch.h"

using namespace tailor;
using namespace tailor::train;

namespace {

SubnetSampler sampler_of(const std::string& text, const SearchSpace& space) {
  return SubnetSampler(ConfigNode::parse(text, "phase.yaml"), space);
}

/// sum q ((p / q)^alpha - 1) / (alpha (alpha - 1)) per example, under autograd by q's logits.
at::Tensor alpha_divergence(const at::Tensor& student, const at::Tensor& teacher, double alpha) {
  const at::Tensor q = at::softmax(student, 1), p = at::softmax(teacher, 1);
  if (alpha == 1) return (p * (p / q).log()).sum(1);
  return (q * ((p / q).pow(alpha) - 1)).sum(1) / (alpha * (alpha - 1));
}

}  // namespace

TEST_CASE("coupled choices give every block of a stage the expansion of its depth") {
  const auto space = test::space_of(test::kTinyMobileNet);
  const Axis& depth = space->axes()[static_cast<size_t>(space->axis_index("d", 0))];
  const Axis& expand = space->axes()[static_cast<size_t>(space->axis_index("e", 0))];
  std::string d, e;
  for (double value : depth.values) {
    d += (d.empty() ? "" : ", ") + number(value);
    e += (e.empty() ? "" : ", ") + number(expand.values.back());
  }
  const SubnetSampler sampler = sampler_of("couple: {d: [" + d + "], e: [" + e + "]}\n", *space);
  Rng rng(3);
  for (int i = 0; i < 20; ++i) {
    CHECK(space->value(sampler.sample(1, rng).front(), "e", 0) == expand.values.back());
  }
  CHECK_THROWS_AS(sampler_of("couple: {d: [1, 2], e: [3]}\n", *space), ConfigError);
  CHECK_THROWS_AS(sampler_of("candidates: 3\n", *space), ConfigError);
}

TEST_CASE("extremes keep to the choices of the phase") {
  const auto space = test::space_of(test::kTinyMobileNet);
  const double least = space->axes()[static_cast<size_t>(space->axis_index("e", 0))].values.front();
  const SubnetSampler sampler = sampler_of("choices: {e: [" + number(least) + "]}\n", *space);
  CHECK(space->value(sampler.largest(), "e", 0) == least);
  CHECK(sampler_of("{}\n", *space).largest() == space->largest());
  CHECK(sampler_of("{}\n", *space).smallest() == space->smallest());
}

TEST_CASE(
    "correlated sizes: each slot stays uniform, subnets spread, a step holds small and large") {
  const auto space = test::space_of(test::kTinyMobileNet);
  const SubnetSampler correlated = sampler_of("size_correlation: 0.6\n", *space);
  const SubnetSampler independent = sampler_of("{}\n", *space);
  const auto r = static_cast<size_t>(space->axis_index("d", 0));
  const auto macs = [&](const Arch& arch) {
    return static_cast<double>(network_cost(space->lower(arch)).macs);
  };
  constexpr int kSteps = 500, kSubnets = 4;
  std::vector<int> drawn(space->axes()[r].values.size());
  double squares[2] = {0, 0}, within_step = 0, mean[2] = {0, 0};
  Rng rng(5);
  for (int step = 0; step < kSteps; ++step) {
    double least = 1e300, most = 0;
    for (const Arch& arch : correlated.sample(kSubnets, rng)) {
      ++drawn[static_cast<size_t>(arch[r])];
      mean[0] += macs(arch), squares[0] += macs(arch) * macs(arch);
      least = std::min(least, macs(arch)), most = std::max(most, macs(arch));
    }
    within_step += most - least;
    for (const Arch& arch : independent.sample(kSubnets, rng))
      mean[1] += macs(arch), squares[1] += macs(arch) * macs(arch);
  }
  constexpr double kAll = kSteps * kSubnets;
  for (int count : drawn)
    CHECK(count == Approx(kAll / static_cast<double>(drawn.size())).epsilon(0.1));
  const auto deviation = [&](int i) {
    return std::sqrt(squares[i] / kAll - mean[i] * mean[i] / kAll / kAll);
  };
  CHECK(deviation(0) > 1.2 * deviation(1));
  CHECK(within_step / kSteps > 2 * deviation(0));  // four independent draws span 2.06 of them
}

TEST_CASE("the alpha loss has the gradient of the larger alpha-divergence") {
  const at::Tensor teacher = at::tensor({0.2, 1.0, 0.1, 1.3, 0.0, 0.4}, at::kDouble).view({2, 3});
  const at::Tensor student =
      at::tensor({1.0, 0.5, 0.3, 0.2, 0.9, 0.1}, at::kDouble).view({2, 3}).requires_grad_();
  const at::Tensor loss = distill_loss(student, teacher, Distillation::adaptive_alpha);
  const at::Tensor found = torch::autograd::grad({loss}, {student})[0];
  const at::Tensor left = alpha_divergence(student, teacher, -1),
                   right = alpha_divergence(student, teacher, 1);
  const at::Tensor wanted = torch::autograd::grad({at::maximum(left, right).mean()}, {student})[0];
  CHECK((found - wanted).abs().max().item<double>() < 1e-12);
}

TEST_CASE("distillation by cross entropy and by squared difference") {
  const at::Tensor student = at::tensor({1.0, 2.0, 3.0, 0.5, -0.5, 0.0}).view({2, 3});
  const at::Tensor teacher = at::tensor({0.0, 1.0, 0.0, 2.0, 0.0, -1.0}).view({2, 3});
  CHECK(distill_loss(student, teacher).item<double>() == Approx(1.111538).epsilon(1e-5));
  CHECK(distill_loss(student, teacher, Distillation::mse).item<double>() ==
        Approx(2.416667).epsilon(1e-6));
}
