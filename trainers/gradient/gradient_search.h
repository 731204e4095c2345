// Search by gradient: weights and architecture parameters learned in turn, on images of their own.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "trainers/gradient/arch_step.h"
#include "trainers/gradient/gradient_options.h"
#include "trainers/train_options.h"

namespace tailor::train {

/// One run. A weight step trains one network, its options drawn with the probabilities of the
/// moment, as a plain network is trained; an architecture step leaves weights alone. Steps have
/// random streams of their own, so a run that was cut off and resumed ends with the same bits.
/// Source: ProxylessNAS (Cai et al., ICLR 2019), section 3; proxylessnas, search/nas_manager.py.
class GradientSearch {
 public:
  /// training: batch, shards, optimiser, label smoothing, loading, checkpoints, validation images.
  /// start: weights to begin from, or empty. What is passed by reference outlives this.
  /// Throws ConfigError, Error: more than one image size is allowed, too few images, and as Slots,
  /// MixedNet, ArchStep.
  GradientSearch(const SearchSpace& space, const Dataset& data, const TrainOptions& training,
                 const GradientOptions& options, std::span<const GradientTarget> targets,
                 uint64_t seed, int64_t threads);
  ~GradientSearch();

  /// Searches to the end, from the checkpoint where there is one of this config_hash. Writes
  /// `folder`/checkpoint.safetensors (+ .prev; weights by name, so that it is a file of weights),
  /// history.csv (an epoch a line) and architecture.csv (the probability of every option after
  /// every epoch). Throws Interrupted after saving; Error when a loss or a parameter is not finite
  /// (the last checkpoint stays).
  void run(const std::string& folder, const std::string& config_hash);

  const Slots& slots() const;
  const ArchParameters& parameters() const;
  supernet::ParameterStore& store();
  static std::vector<std::string> history_header();
  static std::vector<std::string> architecture_header();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tailor::train
