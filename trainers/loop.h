// The one training loop: phases in order, checkpoints, resume, roll-back, history.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "supernet/torch/parameter_store.h"
#include "trainers/checkpoint.h"
#include "trainers/data/dataset.h"
#include "trainers/train_options.h"

namespace tailor::train {

/// One run. Steps and epochs have random streams of their own, so a run that was cut off and
/// resumed ends with the same bits as one that was not (at the same number of shards).
class Trainer {
 public:
  Trainer(const SearchSpace& space, const Dataset& data, const TrainOptions& options, uint64_t seed,
          int64_t threads);
  ~Trainer();

  /// Trains to the end, from the checkpoint where there is one of this config_hash. Writes
  /// `folder`/checkpoint.safetensors (+ .prev), `folder`/history.csv and, where subnets are named,
  /// `folder`/validation.csv. Throws Interrupted after saving; Error when the loss keeps exploding
  /// (the last good checkpoint stays).
  void run(const std::string& folder, const std::string& config_hash);

  /// The trained weights (averaged ones when `ema` is on), and the forward passes of images so far.
  supernet::ParameterStore& store();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tailor::train
