// Lowering subnets and asking for the images that they read.
#include "trainers/prepared_step.h"

#include <set>
#include <utility>

namespace tailor::train {
namespace {

/// Examples [begin, end) of a batch of n for one of several shards.
std::pair<int64_t, int64_t> shard_range(int64_t n, int64_t shard, int64_t shards) {
  return {n * shard / shards, n * (shard + 1) / shards};
}

}  // namespace

PreparedStep prepare_step(const SearchSpace& space, const Dataset& data,
                          std::span<const int64_t> indices, const Rng& augment,
                          std::vector<SubnetTask> tasks, int64_t shards,
                          int64_t teacher_resolution) {
  PreparedStep out;
  out.images = static_cast<int64_t>(indices.size());
  std::set<int64_t> resolutions;
  for (const SubnetTask& task : tasks) {
    out.specs.push_back(
        space.lower(task.arch, {.resolution = task.resolution, .phase = Phase::train}));
    resolutions.insert(out.specs.back().inputs[0][2]);
    if (task.teacher == Teacher::frozen && teacher_resolution > 0) {
      resolutions.insert(teacher_resolution);
    }
  }
  out.tasks = std::move(tasks);
  out.shards.resize(static_cast<size_t>(shards));
  for (int64_t s = 0; s < shards; ++s) {
    const auto [begin, end] = shard_range(out.images, s, shards);
    if (begin == end) continue;
    const Rng stream = augment.fork("shard", {begin});
    const auto part = indices.subspan(static_cast<size_t>(begin), static_cast<size_t>(end - begin));
    for (const int64_t resolution : resolutions) {
      out.shards[static_cast<size_t>(s)].emplace(
          resolution, data.batch(Split::train, part, resolution, &stream));
    }
  }
  return out;
}

}  // namespace tailor::train
