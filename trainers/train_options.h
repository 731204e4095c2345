// What a training run is made of: section `train`.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "trainers/optimizer.h"
#include "trainers/train_phase.h"

namespace tailor::train {

struct TrainOptions {
  int64_t batch = 128, shards = 2, loader_threads = 1, prefetch = 2;
  double label_smoothing = 0.1, ema = 0, clip_norm = 0;
  bool running_statistics = false;
  double spike_factor = 4;
  int64_t max_rollbacks = 3;
  double checkpoint_seconds = 20;
  int64_t validation_images = 1000;
  OptimizerOptions optimizer;
  std::vector<std::shared_ptr<const TrainPhase>> phases;
  std::vector<std::string> phase_names;
  std::vector<std::pair<std::string, Arch>> named;  ///< scored after each epoch
  std::string start;  ///< file of weights to begin from; empty for random ones

  static TrainOptions read(const ConfigNode& cfg, const SearchSpace& space);
};

}  // namespace tailor::train
