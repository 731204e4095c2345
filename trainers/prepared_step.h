// All that a step of training needs before it computes, made ahead of it.
#pragma once

#include <map>
#include <span>
#include <vector>

#include "trainers/data/dataset.h"
#include "trainers/train_phase.h"

namespace tailor::train {

/// The subnets of a step, lowered, and the images of each shard by resolution.
struct PreparedStep {
  std::vector<SubnetTask> tasks;
  std::vector<NetworkSpec> specs;                ///< of the tasks
  std::vector<std::map<int64_t, Batch>> shards;  ///< [shard][resolution]; empty for an idle shard
  int64_t images = 0;                            ///< of all shards
};

/// indices: examples of the batch, cut into `shards` parts that are varied each by their own stream
/// of `augment`. teacher_resolution: of a frozen teacher, 0 where there is none.
PreparedStep prepare_step(const SearchSpace& space, const Dataset& data,
                          std::span<const int64_t> indices, const Rng& augment,
                          std::vector<SubnetTask> tasks, int64_t shards,
                          int64_t teacher_resolution = 0);

}  // namespace tailor::train
