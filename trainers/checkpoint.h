// The state of a training run, as one safetensors file that resumes to the same bits.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "supernet/formats/published_weights.h"
#include "supernet/torch/parameter_store.h"
#include "trainers/optimizer.h"

namespace tailor::train {

/// Where the run stands. Everything but the tensors.
struct TrainProgress {
  int64_t phase = 0, epoch = 0, step = 0;  ///< the next step to run
  int64_t rollbacks = 0;   ///< loss spikes so far; part of the random streams' names
  double lr_scale = 1;     ///< halved at each roll-back
  double smooth_loss = 0;  ///< running mean of the step loss; 0: none yet
  double loss_sum = 0;     ///< of the current epoch
  bool finished = false;
  std::vector<std::string> history;            ///< CSV lines of finished epochs
  std::vector<std::string> validation = {};    ///< CSV lines of named subnets
  std::vector<std::string> architecture = {};  ///< CSV lines of probabilities (search by gradient)
};

/// Parameters by name, so that the file is also the supernet's weights; the rest as "train.*".
/// extra: flat tensors by name ("ema", "teacher").
void save_checkpoint(const std::string& path, const supernet::ParameterStore& store,
                     const Optimizer& optimizer, const std::map<std::string, at::Tensor>& extra,
                     const TrainProgress& progress, const std::string& config_hash);

/// Restores everything in place. Falls back to `path`.prev (with a warning) when `path` is damaged.
/// Throws IoError when neither can be used or they belong to another config_hash.
void load_checkpoint(const std::string& path, supernet::ParameterStore& store, Optimizer& optimizer,
                     std::map<std::string, at::Tensor>& extra, TrainProgress& progress,
                     const std::string& config_hash);

/// What load_weights needs from a file.
std::vector<WantedTensor> wanted_tensors(const supernet::ParameterStore& store);

/// The weights to use from a checkpoint (averaged ones where the file has them) or any file of
/// parameters (see read_weights_file), under our names or the space's published ones. Kernel
/// matrices that a published static network does not have become identities, with a warning. Throws
/// IoError.
void load_weights(const TensorFile& file, const SearchSpace& space,
                  supernet::ParameterStore& store);

}  // namespace tailor::train
