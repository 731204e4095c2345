// REINFORCE: architecture parameters from the rewards of sampled networks, without backpropagation.
// Source: ProxylessNAS (Cai et al., ICLR 2019), section 3.3.2; proxylessnas,
// search/nas_manager.py (rl_update_step).
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "core/config_node.h"
#include "trainers/gradient/objective.h"
#include "trainers/gradient/slots.h"

namespace tailor::train {

struct ReinforceOptions {
  int64_t samples = 0;                ///< networks a step; 0: gates and backpropagation instead
  std::string metric = "latency_ms";  ///< the limit that the reward sees, where there is one
  double power = 0.1;                 ///< of limit / value in the reward
  double decay = 0.99;                ///< share of the newest mean reward in the baseline

  static ReinforceOptions read(const ConfigNode& cfg);
};

/// accuracy (limit / value)^power; accuracy alone without a target.
double reward(double accuracy, const TargetState* target, double value, double power);

/// A moving mean of rewards.
class Baseline {
 public:
  explicit Baseline(double decay) : decay_(decay) {}

  /// The first time the mean itself; then it moves by `decay` towards it, before it is used.
  double update(double mean);
  /// NaN before the first update; a checkpoint keeps it as a 32-bit float.
  double value() const { return value_; }
  void set(double value) { value_ = value; }

 private:
  double decay_;
  double value_ = std::numeric_limits<double>::quiet_NaN();
};

/// A sampled network: an option of every slot, and what it was worth.
struct RewardedSample {
  std::vector<size_t> options;
  double reward = 0;
};

/// Mean over samples of (reward - baseline) d(-ln p(options)) / d alpha: p - onehot for slots that
/// matter in the sample.
SlotValues reinforce_gradient(const Slots& slots, const SlotValues& probabilities,
                              std::span<const RewardedSample> samples, double baseline);

}  // namespace tailor::train
