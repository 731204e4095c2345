// Running the shards of a step on TBB threads.
#include "trainers/shard_step.h"

#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>
#include <torch/torch.h>

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

/// Examples [begin, end) of a batch of n for one of several shards.
std::pair<int64_t, int64_t> shard_range(int64_t n, int64_t shard, int64_t shards) {
  return {n * shard / shards, n * (shard + 1) / shards};
}

/// The shard's images at each resolution its subnets ask for.
class ShardImages {
 public:
  ShardImages(const Dataset& data, const StepInputs& in, int64_t begin, int64_t end)
      : data_(data),
        indices_(in.indices.subspan(static_cast<size_t>(begin), static_cast<size_t>(end - begin))),
        augment_(in.augment->fork("shard", {begin})) {}

  const Batch& at(int64_t resolution) {
    auto it = batches_.find(resolution);
    if (it == batches_.end()) {
      it = batches_.emplace(resolution, data_.batch(Split::train, indices_, resolution, &augment_))
               .first;
      it->second.images = it->second.images.contiguous(at::MemoryFormat::ChannelsLast);
    }
    return it->second;
  }

 private:
  const Dataset& data_;
  std::span<const int64_t> indices_;
  Rng augment_;
  std::map<int64_t, Batch> batches_;
};

at::Tensor teach(const FrozenTeacher& teacher, ShardImages& images) {
  at::NoGradGuard no_grad;
  GraphNet net(teacher.spec, *teacher.store);
  // Batch statistics, as the authors' teacher in train mode.
  return net.forward(images.at(teacher.spec.inputs[0][2]).images, RunMode::train);
}

}  // namespace

ShardedStep::ShardedStep(const SearchSpace& space, const Dataset& data,
                         supernet::ParameterStore& store, int64_t shards, int64_t threads,
                         bool keep_statistics)
    : space_(space),
      data_(data),
      store_(store),
      threads_(std::make_unique<Threads>(static_cast<int>(std::min(threads, shards)))),
      keep_statistics_(keep_statistics) {
  for (int64_t s = 0; s < shards; ++s) gradients_.push_back(store.zeros_like_values());
}

ShardedStep::~ShardedStep() = default;

ShardedStep::ShardResult ShardedStep::run_shard(const StepInputs& in, int64_t shard) {
  const auto n = static_cast<int64_t>(in.indices.size());
  const auto [begin, end] = shard_range(n, shard, static_cast<int64_t>(gradients_.size()));
  ShardResult result;
  if (begin == end) return result;
  ShardImages images(data_, in, begin, end);
  const double share = static_cast<double>(end - begin) / static_cast<double>(n);
  at::Tensor frozen, first;
  for (const SubnetTask& task : in.tasks) {
    NetworkSpec spec =
        space_.lower(task.arch, {.resolution = task.resolution, .phase = Phase::train});
    const Batch& batch = images.at(spec.inputs[0][2]);
    GraphNet net(std::move(spec), store_, gradients_[static_cast<size_t>(shard)]);
    const at::Tensor logits = net.forward(batch.images, RunMode::train);
    if (!first.defined()) first = logits.detach();
    at::Tensor loss = at::zeros({});
    if (task.label_weight > 0) {
      loss = loss + task.label_weight * label_loss(logits, batch.labels,
                                                   task.smooth_labels ? in.label_smoothing : 0);
    }
    if (task.teacher != Teacher::none && task.distill_weight > 0) {
      if (task.teacher == Teacher::frozen && !frozen.defined()) {
        TAILOR_CHECK(in.teacher, "a phase asks for a frozen teacher that was not loaded");
        frozen = teach(*in.teacher, images);
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
  std::vector<ShardResult> results(gradients_.size());
  threads_->arena.execute([&] {
    tbb::parallel_for(
        size_t{0}, results.size(),
        [&](size_t s) { results[s] = run_shard(in, static_cast<int64_t>(s)); },
        tbb::simple_partitioner{});
  });
  std::vector<double> losses(in.tasks.size(), 0.0);
  for (ShardResult& result : results) {
    for (size_t t = 0; t < result.losses.size(); ++t) losses[t] += result.losses[t];
  }
  if (keep_statistics_) {
    for (size_t t = 0; t < in.tasks.size(); ++t) {
      for (ShardResult& result : results) {
        if (t < result.nets.size()) result.nets[t].fold_statistics(store_);
      }
    }
  }
  return losses;
}

}  // namespace tailor::train
