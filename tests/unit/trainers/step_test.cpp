// One step of several subnets in shards, what phases ask for, and the evaluation of subnets.
// covers: trainers/shard_step.cpp, trainers/prepared_step.cpp
// covers: trainers/phases/, trainers/subnet_evaluator.cpp
#include <ATen/ATen.h>

#include <numeric>

#include "core/error.h"
#include "core/interrupt.h"
#include "tests/support/tiny_training.h"
#include "tests/support/torch_nets.h"
#include "trainers/losses.h"
#include "trainers/shard_step.h"
#include "trainers/subnet_evaluator.h"

#include "tests/support/catch.h"

using namespace tailor;
using namespace tailor::train;
using supernet::GraphNet;
using supernet::ParameterStore;
using supernet::RunMode;
using test::relative_error;
using test::same_bits;

namespace {

struct Setup {
  test::TempDir folder;
  std::unique_ptr<SearchSpace> space = test::space_of(test::kTinyTrainable);
  std::unique_ptr<Dataset> data = test::make_data(test::quarters_yaml(folder, "crop: 0\n"));
  ParameterStore store = test::random_store(*space, 5);
  std::vector<int64_t> indices = std::vector<int64_t>(20);
  Rng augment{3};

  Setup() { std::iota(indices.begin(), indices.end(), 7); }

  struct Outcome {
    std::vector<double> losses;
    std::vector<at::Tensor> gradients;
    ParameterStore store;
  };
  /// One step on a copy of the store.
  Outcome run(const std::vector<SubnetTask>& tasks, int64_t shards, int64_t threads,
              const FrozenTeacher* teacher = nullptr) const {
    Outcome out{{}, {}, store.clone()};
    ShardedStep step(out.store, shards, threads, true);
    out.losses = step.run({.step = prepare_step(*space, *data, indices, augment, tasks, shards,
                                                teacher ? teacher->spec.inputs[0][2] : 0),
                           .teacher = teacher,
                           .label_smoothing = 0.1});
    out.gradients.assign(step.gradients().begin(), step.gradients().end());
    return out;
  }
  SubnetTask task(const Arch& arch) const { return {.arch = arch}; }

  std::unique_ptr<TrainPhase> phase(const std::string& yaml) const {
    return builtin_phases().make(ConfigNode::parse(yaml, "phase.yaml"), *space);
  }
};

at::Tensor total(const std::vector<at::Tensor>& tensors) {
  at::Tensor sum = tensors[0].clone();
  for (size_t i = 1; i < tensors.size(); ++i) sum += tensors[i];
  return sum;
}

}  // namespace

TEST_CASE("a step gives the same bits for any number of threads") {
  const Setup s;
  const std::vector<SubnetTask> tasks =
      s.phase("{name: sandwich, random: 2}")->step(*std::make_unique<Rng>(1));
  const auto one = s.run(tasks, 3, 1), two = s.run(tasks, 3, 2);
  CHECK(one.losses == two.losses);
  for (size_t i = 0; i < 3; ++i) CHECK(same_bits(one.gradients[i], two.gradients[i]));
  CHECK(same_bits(one.store.buffers(), two.store.buffers()));
  CHECK_FALSE(same_bits(one.store.buffers(), s.store.buffers()));
}

TEST_CASE("gradients are summed over subnets") {
  const Setup s;
  const SubnetTask a = s.task(s.space->smallest()), b = s.task(s.space->largest());
  const auto both = s.run({a, b}, 1, 1), first = s.run({a}, 1, 1), second = s.run({b}, 1, 1);
  CHECK(both.losses[0] == first.losses[0]);
  CHECK(both.losses[1] == second.losses[0]);
  CHECK(same_bits(both.gradients[0], first.gradients[0] + second.gradients[0]));
}

TEST_CASE("a shard is its part of the batch with its own statistics; the mean is over images") {
  const Setup s;
  const SubnetTask task = s.task(s.space->largest());
  const auto out = s.run({task}, 3, 1);  // 6, 7 and 7 images
  const NetworkSpec spec = s.space->lower(task.arch);
  const int64_t bounds[4] = {0, 6, 13, 20};
  double loss = 0;
  for (int64_t shard = 0; shard < 3; ++shard) {
    const int64_t begin = bounds[shard], count = bounds[shard + 1] - begin;
    const Rng stream = s.augment.fork("shard", {begin});
    const Batch batch = s.data->batch(
        Split::train,
        std::span(s.indices).subspan(static_cast<size_t>(begin), static_cast<size_t>(count)), 12,
        &stream);
    const at::Tensor gradients = s.store.zeros_like_values();
    GraphNet net(spec, s.store, gradients);
    const at::Tensor part =
        label_loss(net.forward(batch.images, RunMode::train), batch.labels, 0.1);
    const double share = static_cast<double>(count) / 20;
    net.backward(part * share);
    loss += part.item<double>() * share;
    CHECK(relative_error(out.gradients[static_cast<size_t>(shard)], gradients) < 1e-6);
  }
  CHECK(out.losses[0] == Approx(loss));
}

TEST_CASE("more shards than images leave the rest idle") {
  Setup s;
  s.indices.resize(3);
  const auto out = s.run({s.task(s.space->smallest())}, 8, 2);
  CHECK(std::isfinite(out.losses[0]));
  CHECK(total(out.gradients).isfinite().all().item<bool>());
}

TEST_CASE("soft targets come from the first subnet or from a frozen network, without gradient") {
  const Setup s;
  const SubnetTask largest = s.task(s.space->largest());
  SubnetTask taught{.arch = s.space->smallest(),
                    .label_weight = 0,
                    .distill_weight = 1,
                    .teacher = Teacher::first};
  const auto first = s.run({largest, taught}, 1, 1);
  taught.teacher = Teacher::frozen;
  FrozenTeacher teacher{s.space->lower(s.space->largest()),
                        std::make_unique<ParameterStore>(s.store.clone())};
  const auto frozen = s.run({largest, taught}, 1, 1, &teacher);
  CHECK(first.losses == frozen.losses);
  CHECK(same_bits(first.gradients[0], frozen.gradients[0]));
  const auto alone = s.run({largest}, 1, 1);
  const at::Tensor by_student = first.gradients[0] - alone.gradients[0];
  CHECK(by_student.abs().max().item<double>() > 0);
  CHECK_THROWS_WITH(s.run({largest, taught}, 1, 1),
                    Catch::Contains("a frozen teacher that was not loaded"));
}

TEST_CASE("a sandwich is the largest, random ones, the smallest, taught by the first") {
  const Setup s;
  const auto phase = s.phase("{name: sandwich, random: 3, label_weight: 0.25}");
  Rng rng(1);
  const std::vector<SubnetTask> tasks = phase->step(rng);
  REQUIRE(tasks.size() == 5);
  CHECK(tasks[0].arch == s.space->largest());
  CHECK(tasks[4].arch == s.space->smallest());
  CHECK(tasks[0].teacher == Teacher::none);
  CHECK(tasks[0].label_weight == 1);
  for (size_t i = 1; i < 5; ++i) {
    CHECK(tasks[i].teacher == Teacher::first);
    CHECK(tasks[i].label_weight == 0.25);
    CHECK(tasks[i].distill_weight == 0.75);
  }
  CHECK(s.phase("{name: sandwich, random: 0, smallest: false}")->step(rng).size() == 1);
}

TEST_CASE("phases draw random subnets from the choices they were given") {
  const Setup s;
  for (const char* name : {"sandwich", "progressive_shrinking"}) {
    const auto phase = s.phase(str("{name: ", name, ", choices: {ks: [5], r: [8]}}"));
    const Restriction only = s.space->restrict({{"ks", {5}}, {"r", {8}}});
    for (uint64_t seed = 0; seed < 30; ++seed) {
      Rng rng(seed);
      const std::vector<SubnetTask> tasks = phase->step(rng);
      for (size_t i = 0; i < tasks.size(); ++i) {
        const bool fixed = tasks.size() == 4 && (i == 0 || i == 3);
        if (!fixed) CHECK(s.space->allows(only, tasks[i].arch));
      }
    }
  }
  CHECK_THROWS_AS(s.phase("{name: sandwich, choices: {ks: [4]}}"), ConfigError);
}

TEST_CASE("a single phase trains the arch it names, the largest by default") {
  const Setup s;
  Rng rng(1);
  const auto named = s.phase("{name: single, arch: 'ks=3 e=1 d=1 r=8'}")->step(rng);
  REQUIRE(named.size() == 1);
  CHECK(named[0].arch == s.space->smallest());
  const auto taught = s.phase("{name: single, teacher: start, distill: 0.5}")->step(rng);
  CHECK(taught[0].arch == s.space->largest());
  CHECK(taught[0].teacher == Teacher::frozen);
  CHECK(taught[0].distill_weight == 0.5);
}

TEST_CASE("scores depend neither on order nor on threads") {
  const Setup s;
  EvaluatorOptions options;
  options.recalibration_images = 40;
  options.recalibration_batch = 16;
  options.batch = 7;
  const std::vector<Arch> archs = s.space->enumerate();
  std::vector<Arch> reversed(archs.rbegin(), archs.rend());
  std::vector<SubnetScore> a(archs.size()), b(archs.size());
  SubnetEvaluator one(*s.space, *s.data, s.store, options),
      two(*s.space, *s.data, s.store, options);
  one.evaluate_all(archs, Split::validation, 1, [&](size_t i, const SubnetScore& v) { a[i] = v; });
  two.evaluate_all(reversed, Split::validation, 2,
                   [&](size_t i, const SubnetScore& v) { b[archs.size() - 1 - i] = v; });
  for (size_t i = 0; i < archs.size(); ++i) {
    CHECK(a[i].accuracy == b[i].accuracy);
    CHECK(a[i].loss == b[i].loss);
  }
  set_interrupted(true);
  int done = 0;
  CHECK_THROWS_AS(
      one.evaluate_all(archs, Split::validation, 2, [&](size_t, const SubnetScore&) { ++done; }),
      Interrupted);
  set_interrupted(false);
  CHECK(done == 0);
  // Asked to stop behind the last score: all are there, nothing is thrown.
  one.evaluate_all(archs, Split::validation, 1, [&](size_t, const SubnetScore&) {
    if (++done == static_cast<int>(archs.size())) set_interrupted(true);
  });
  set_interrupted(false);
  CHECK(done == static_cast<int>(archs.size()));
}

TEST_CASE("recalibrated statistics are those computed by hand, and the score is the mean") {
  const Setup s;
  EvaluatorOptions options;
  options.recalibration_images = 1000;  // all 96
  options.recalibration_batch = 96;
  options.batch = 5;
  SubnetEvaluator evaluator(*s.space, *s.data, s.store, options);
  GraphNet net = evaluator.recalibrated(s.space->largest());
  std::vector<int64_t> all(96);
  std::iota(all.begin(), all.end(), 0);
  const Batch batch = s.data->batch(Split::train, all, 12, nullptr);
  const at::Tensor y = at::conv2d(batch.images, s.store.view("stem.conv.weight"), {}, 2, 1);
  const auto weights = net.weights();
  CHECK(relative_error(weights.at("stem.bn.running_mean"), y.mean({0, 2, 3})) < 1e-4);
  CHECK(relative_error(weights.at("stem.bn.running_var"), y.var({0, 2, 3}, false)) < 1e-4);
  all.resize(16);
  const Batch checked = s.data->batch(Split::validation, all, 12, nullptr);
  const at::Tensor logits = net.forward(checked.images, RunMode::eval);
  const SubnetScore score = evaluator.score(net, Split::validation);
  CHECK(score.accuracy ==
        Approx(logits.argmax(1).eq(checked.labels).to(at::kDouble).mean().item<double>()));
  CHECK(score.loss == Approx(label_loss(logits, checked.labels, 0).item<double>()).epsilon(1e-4));
  const SubnetScore same = evaluator.evaluate(s.space->largest(), Split::validation);
  CHECK(same.loss == score.loss);
}
