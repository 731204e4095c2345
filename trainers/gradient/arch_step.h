// One step of the architecture parameters.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "supernet/torch/parameter_store.h"
#include "trainers/data/dataset.h"
#include "trainers/gradient/arch_parameters.h"
#include "trainers/gradient/expected_value.h"
#include "trainers/gradient/gradient_options.h"
#include "trainers/gradient/mixed_net.h"
#include "trainers/gradient/objective.h"

namespace tailor::train {

/// A limit of the search, and the metric as a sum of tables (of the allowed archs).
struct GradientTarget {
  std::string metric;
  double limit = 0;
  FactorSum sum;
};

class ArchStep {
 public:
  /// slots and net outlive this. targets: those of the search; kept are the ones the objective
  /// asks for. Throws ConfigError when it asks for one that is not there; Error as ExpectedValue.
  ArchStep(const Slots& slots, const MixedNet& net, const GradientOptions& options,
           std::span<const GradientTarget> targets, int64_t threads);
  ~ArchStep();

  struct Outcome {
    double cross_entropy = 0, loss = 0;
  };
  /// shards: parts of one batch, each with batch statistics of its own (as ShardedStep has);
  /// results do not depend on threads. With reinforce.samples networks are sampled and rewarded
  /// instead of mixed. rng: the step's own. Throws Error when the loss or a
  /// parameter is not finite; the parameters are then as they were or refused.
  Outcome operator()(const supernet::ParameterStore& store, std::span<const Batch> shards,
                     ArchParameters& parameters, const Rng& rng);

  /// Where the means of the targets stand.
  std::vector<TargetState> targets(const SlotValues& probabilities) const;
  /// Multipliers of the objective, and the baseline of rewards (NaN: none yet): for checkpoints.
  std::vector<float> state() const;
  void set_state(std::span<const float> state);
  const GradientObjective& objective() const { return *objective_; }

 private:
  Outcome by_gates(const supernet::ParameterStore& store, std::span<const Batch> shards,
                   ArchParameters& parameters, const Rng& rng);
  Outcome by_rewards(const supernet::ParameterStore& store, std::span<const Batch> shards,
                     ArchParameters& parameters, const Rng& rng);
  /// Loss and accuracy of one network by batch statistics.
  std::pair<double, double> score(const supernet::ParameterStore& store,
                                  std::span<const Batch> shards, const NetworkSpec& spec) const;
  void over_shards(std::span<const Batch> shards,
                   const std::function<void(size_t shard, double share)>& body) const;
  MixedResult run_shards(const supernet::ParameterStore& store, std::span<const Batch> shards,
                         std::span<const GateDraw> draws) const;
  struct Threads;
  struct Target {
    TargetState state;
    ExpectedValue mean;
    FactorSum sum;
  };

  const Slots& slots_;
  const MixedNet& net_;
  std::shared_ptr<const Gates> gates_;
  std::unique_ptr<GradientObjective> objective_;
  const ReinforceOptions reinforce_;
  Baseline baseline_;
  std::vector<Target> targets_;
  std::unique_ptr<Threads> threads_;
};

}  // namespace tailor::train
