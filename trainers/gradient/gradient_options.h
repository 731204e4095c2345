// The config section `gradient`.
#pragma once

#include <cstdint>
#include <memory>

#include "core/config_node.h"
#include "supernet/space/search_space.h"
#include "trainers/gradient/arch_parameters.h"
#include "trainers/gradient/gates.h"
#include "trainers/gradient/objective.h"
#include "trainers/gradient/reinforce.h"

namespace tailor::train {

/// Batch, shards, optimiser of weights and loading are those of the section `train`.
struct GradientOptions {
  int64_t warmup_epochs = 0, epochs = 10;
  double warmup_lr = 0.05, lr = 0.025;  ///< of weights; half a cosine to 0 in each part
  int64_t every = 1;                    ///< weight steps an architecture step
  double held_out = 0.5;    ///< share of the training images that architecture steps see; 0: they
                            ///< see the validation images
  double deviation = 1e-3;  ///< of the first architecture parameters
  Restriction only;
  AdamOptions adam;
  ReinforceOptions reinforce;
  std::shared_ptr<const Gates> gates;
  std::shared_ptr<const ConfigNode> objective;  ///< makes a fresh one: it holds state

  /// Throws ConfigError.
  static GradientOptions read(const ConfigNode& cfg, const SearchSpace& space);
  std::unique_ptr<GradientObjective> make_objective() const;
};

}  // namespace tailor::train
