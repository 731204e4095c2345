// One step of several subnets on one batch, cut into shards that run side by side.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <span>
#include <vector>

#include "supernet/torch/parameter_store.h"
#include "trainers/prepared_step.h"

namespace tailor::train {

/// A network that does not change while it teaches.
struct FrozenTeacher {
  NetworkSpec spec;
  std::unique_ptr<supernet::ParameterStore> store;
};

struct StepInputs {
  const PreparedStep& step;  ///< with as many shards as the ShardedStep has
  const FrozenTeacher* teacher = nullptr;
  double label_smoothing = 0;
  Distillation distillation = Distillation::cross_entropy;
};

/// The shard is the unit of work: the whole list of subnets runs on its part of the batch, in
/// order, on one thread, with batch norm statistics of that part (as on one GPU of a data-parallel
/// run). Gradients go to the shard's own buffer. So results depend on the number of shards, never
/// on the number of threads, and no thread waits for another inside a step.
class ShardedStep {
 public:
  /// keep_statistics: fold batch statistics into the store's running ones, in fixed order.
  ShardedStep(supernet::ParameterStore& store, int64_t shards, int64_t threads,
              bool keep_statistics);
  ~ShardedStep();

  /// Adds the gradients of all subnets (summed over subnets, mean over images) to gradients() and
  /// returns each subnet's mean loss.
  std::vector<double> run(const StepInputs& in);
  std::span<at::Tensor> gradients() { return gradients_; }

 private:
  struct ShardResult;
  ShardResult run_shard(const StepInputs& in, int64_t shard);
  struct Threads;

  supernet::ParameterStore& store_;
  std::vector<at::Tensor> gradients_;
  std::unique_ptr<Threads> threads_;
  bool keep_statistics_;
};

}  // namespace tailor::train
