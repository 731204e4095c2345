// Running the shards of a step on TBB threads.
#include "trainers/shard_step.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <map>

#include "core/error.h"
#include "supernet/torch/graph_net.h"
#include "trainers/losses.h"

namespace tailor::train {

using supernet::GraphNet;
using supernet::RunMode;

struct ShardedStep::Threads {
  explicit Threads(int threads) : arena(threads) {}
  tbb::task_arena arena;
};

struct ShardedStep::ShardResult {
  std::vector<double> losses;
  std::vector<GraphNet> nets;
};

namespace {

at::Tensor channels_last(const at::Tensor& images) {
  return images.contiguous(at::MemoryFormat::ChannelsLast);
}

at::Tensor teach(const FrozenTeacher& teacher, const std::map<int64_t, Batch>& batches) {
  at::NoGradGuard no_grad;
  GraphNet net(teacher.spec, *teacher.store);
  // Batch statistics, as the authors' teacher in train mode.
  return net.forward(channels_last(batches.at(teacher.spec.inputs[0][2]).images), RunMode::train);
}

}  // namespace

ShardedStep::ShardedStep(supernet::ParameterStore& store, int64_t shards, int64_t threads,
                         bool keep_statistics)
    : store_(store),
      threads_(std::make_unique<Threads>(static_cast<int>(std::min(threads, shards)))),
      keep_statistics_(keep_statistics) {
  for (int64_t s = 0; s < shards; ++s) gradients_.push_back(store.zeros_like_values());
}

ShardedStep::~ShardedStep() = default;

ShardedStep::ShardResult ShardedStep::run_shard(const StepInputs& in, int64_t shard) {
  ShardResult result;
  const std::map<int64_t, Batch>& batches = in.step.shards[static_cast<size_t>(shard)];
  if (batches.empty()) return result;
  const double share = static_cast<double>(batches.begin()->second.labels.size(0)) /
                       static_cast<double>(in.step.images);
  at::Tensor frozen, first;
  for (size_t t = 0; t < in.step.tasks.size(); ++t) {
    const SubnetTask& task = in.step.tasks[t];
    const Batch& batch = batches.at(in.step.specs[t].inputs[0][2]);
    GraphNet net(in.step.specs[t], store_, gradients_[static_cast<size_t>(shard)]);
    const at::Tensor logits = net.forward(channels_last(batch.images), RunMode::train);
    if (!first.defined()) first = logits.detach();
    at::Tensor loss = at::zeros({});
    if (task.label_weight > 0) {
      loss = loss + task.label_weight * label_loss(logits, batch.labels,
                                                   task.smooth_labels ? in.label_smoothing : 0,
                                                   batch.soft_targets);
    }
    if (task.teacher != Teacher::none && task.distill_weight > 0) {
      if (task.teacher == Teacher::frozen && !frozen.defined()) {
        TAILOR_CHECK(in.teacher, "a phase asks for a frozen teacher that was not loaded");
        frozen = teach(*in.teacher, batches);
      }
      loss = loss + task.distill_weight *
                        distill_loss(logits, task.teacher == Teacher::first ? first : frozen,
                                     in.distillation);
    }
    net.backward(loss * share);
    result.losses.push_back(loss.item<double>() * share);
    if (keep_statistics_) result.nets.push_back(std::move(net));
  }
  return result;
}

std::vector<double> ShardedStep::run(const StepInputs& in) {
  TAILOR_CHECK(in.step.shards.size() == gradients_.size(), "a step of ", in.step.shards.size(),
               " shards for ", gradients_.size());
  std::vector<ShardResult> results(gradients_.size());
  threads_->arena.execute([&] {
    tbb::parallel_for(
        size_t{0}, results.size(),
        [&](size_t s) { results[s] = run_shard(in, static_cast<int64_t>(s)); },
        tbb::simple_partitioner{});
  });
  std::vector<double> losses(in.step.tasks.size(), 0.0);
  for (ShardResult& result : results) {
    for (size_t t = 0; t < result.losses.size(); ++t) losses[t] += result.losses[t];
  }
  if (keep_statistics_) {
    for (size_t t = 0; t < in.step.tasks.size(); ++t) {
      for (ShardResult& result : results) {
        if (t < result.nets.size()) result.nets[t].fold_statistics(store_);
      }
    }
  }
  return losses;
}

}  // namespace tailor::train
