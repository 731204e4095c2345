// Losses, learning rates, and optimisers against LibTorch's.
// covers: trainers/schedule.cpp, trainers/optimizer.cpp
#include "trainers/losses.h"

#include <ATen/ATen.h>
#include <torch/optim/adamw.h>
#include <torch/optim/sgd.h>

#include "tests/support/spaces.h"
#include "tests/support/torch_nets.h"
#include "trainers/optimizer.h"
#include "trainers/schedule.h"

#include "tests/support/catch.h"

using namespace tailor;
using namespace tailor::train;
using supernet::ParameterStore;

namespace {

/// `steps` steps on a store of ours and on LibTorch parameters with the same gradients; the
/// difference between the two at the end. make(decayed, others) gives LibTorch's optimiser.
template <class Make>
double difference_after(int steps, const OptimizerOptions& options, const Make& make) {
  const auto space = test::space_of(test::kTinyMobileNet);
  const ParameterStore store = test::random_store(*space, 1);
  std::vector<at::Tensor> decayed, others, all;
  for (const supernet::Parameter& p : store.parameters()) {
    if (!p.trainable()) continue;
    all.push_back(store.view(p.name).clone().requires_grad_());
    const bool decays = p.role == Role::weight || p.role == Role::transform;
    (decays ? decayed : others).push_back(all.back());
  }
  auto reference = make(decayed, others);
  Optimizer ours(options, store);
  std::vector<at::Tensor> gradients = {store.zeros_like_values(), store.zeros_like_values()};
  for (int step = 0; step < steps; ++step) {
    size_t next = 0;
    for (const supernet::Parameter& p : store.parameters()) {
      if (!p.trainable()) continue;
      const auto seed = static_cast<uint64_t>(1000 * step) + next;
      const at::Tensor a = test::random_tensor(p.shape, seed),
                       b = test::random_tensor(p.shape, ~seed);
      store.view_in(gradients[0], p).copy_(a);
      store.view_in(gradients[1], p).copy_(b);
      all[next++].mutable_grad() = a + b;
    }
    ours.step(store.values(), gradients, 0.05, 0);
    reference->step();
  }
  for (const at::Tensor& gradient : gradients) CHECK(gradient.eq(0).all().item<bool>());
  CHECK(ours.steps() == steps);
  double worst = 0;
  size_t next = 0;
  for (const supernet::Parameter& p : store.parameters()) {
    if (p.trainable()) {
      worst = std::max(worst, test::relative_error(store.view(p.name), all[next++]));
    }
  }
  return worst;
}

}  // namespace

TEST_CASE("losses have the values of the authors' code") {
  // Source: once-for-all, ofa/utils/pytorch_utils.py, on these logits.
  const at::Tensor student = at::tensor({1.0f, 2.0f, 3.0f, 0.5f, -0.5f, 0.0f}).view({2, 3});
  const at::Tensor teacher = at::tensor({0.0f, 1.0f, 0.0f, 2.0f, 0.0f, -1.0f}).view({2, 3});
  const at::Tensor labels = at::tensor({2, 0}, at::kLong);
  CHECK(distill_loss(student, teacher).item<double>() == Approx(1.111538).epsilon(1e-6));
  CHECK(label_loss(student, labels, 0.1).item<double>() == Approx(0.618938).epsilon(1e-6));
  CHECK(label_loss(student, labels, 0).item<double>() ==
        Approx(at::cross_entropy_loss(student, labels).item<double>()));
}

TEST_CASE("a teacher gets no gradient") {
  const at::Tensor student = test::random_tensor({4, 5}, 1).requires_grad_();
  const at::Tensor teacher = test::random_tensor({4, 5}, 2).requires_grad_();
  distill_loss(student, teacher).backward();
  CHECK_FALSE(teacher.grad().defined());
  const at::Tensor want = (at::softmax(student, 1) - at::softmax(teacher, 1)) / 4;
  CHECK(test::relative_error(student.grad(), want) < 1e-5);
}

TEST_CASE("the learning rate warms up in a line and comes down in half a cosine") {
  const PhaseSchedule s{
      .epochs = 5, .lr = 1, .final_lr = 0.2, .warmup_epochs = 1, .frozen_teacher = ""};
  CHECK(learning_rate(s, 0, 10) == Approx(0.04 + 0.96 / 10));
  CHECK(learning_rate(s, 4, 10) == Approx(0.04 + 0.96 / 2));
  CHECK(learning_rate(s, 9, 10) == Approx(1));
  CHECK(learning_rate(s, 10, 10) == Approx(1));
  CHECK(learning_rate(s, 30, 10) == Approx(0.6));
  CHECK(learning_rate(s, 50, 10) == Approx(0.2));
  for (int64_t step = 11; step < 50; ++step) {
    CHECK(learning_rate(s, step, 10) < learning_rate(s, step - 1, 10));
  }
  const PhaseSchedule warm{
      .epochs = 1, .lr = 1, .final_lr = 0, .warmup_epochs = 3, .frozen_teacher = ""};
  CHECK(learning_rate(warm, 9, 10) == Approx(0.04 + 0.96 / 3));
}

TEST_CASE("SGD equals LibTorch's, decay left out for norms and biases") {
  for (bool nesterov : {true, false}) {
    OptimizerOptions options;
    options.weight_decay = 0.01;
    options.nesterov = nesterov;
    CHECK(difference_after(8, options, [&](const auto& decayed, const auto& others) {
            auto base = torch::optim::SGDOptions(0.05).momentum(0.9).nesterov(nesterov);
            auto with = base;
            with.weight_decay(0.01);
            std::vector<torch::optim::OptimizerParamGroup> groups;
            groups.emplace_back(decayed, std::make_unique<torch::optim::SGDOptions>(with));
            groups.emplace_back(others, std::make_unique<torch::optim::SGDOptions>(base));
            return std::make_unique<torch::optim::SGD>(groups, base);
          }) < 1e-5);
  }
}

TEST_CASE("AdamW equals LibTorch's, decay left out for norms and biases") {
  OptimizerOptions options;
  options.name = "adamw";
  options.weight_decay = 0.1;
  CHECK(difference_after(8, options, [&](const auto& decayed, const auto& others) {
          auto base = torch::optim::AdamWOptions(0.05);
          base.weight_decay(0);
          auto with = base;
          with.weight_decay(0.1);
          std::vector<torch::optim::OptimizerParamGroup> groups;
          groups.emplace_back(decayed, std::make_unique<torch::optim::AdamWOptions>(with));
          groups.emplace_back(others, std::make_unique<torch::optim::AdamWOptions>(base));
          return std::make_unique<torch::optim::AdamW>(groups, base);
        }) < 1e-4);
}

TEST_CASE("clipping scales the summed gradient down to the norm, and only down") {
  const auto space = test::space_of(test::kTinyMobileNet);
  OptimizerOptions options;
  options.momentum = 0;
  options.nesterov = false;
  options.weight_decay = 0;
  for (double clip : {0.5, 1e6, 0.0}) {
    const ParameterStore store = test::random_store(*space, 1);
    Optimizer optimizer(options, store);
    const at::Tensor before = store.values().clone();
    std::vector<at::Tensor> gradients(2);
    for (at::Tensor& g : gradients) {
      g = store.zeros_like_values();
      store.view_in(g, store.parameter("stem.conv.weight")).fill_(1);
    }
    const double norm = optimizer.step(store.values(), gradients, 1, clip);
    CHECK(norm == Approx(2 * std::sqrt(72.0)));
    const double moved = (store.values() - before).norm().item<double>();
    CHECK(moved == Approx(clip == 0.5 ? 0.5 : norm).epsilon(1e-5));
  }
}

TEST_CASE("a gradient that is not finite gives a norm that is not") {
  const auto space = test::space_of(test::kTinyMobileNet);
  const ParameterStore store = test::random_store(*space, 1);
  Optimizer optimizer({}, store);
  std::vector<at::Tensor> gradients = {store.zeros_like_values()};
  gradients[0][5] = std::numeric_limits<float>::quiet_NaN();
  CHECK_FALSE(std::isfinite(optimizer.step(store.values(), gradients, 1, 1)));
}
