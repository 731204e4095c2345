// Architecture parameters: one number an option of a slot, and the Adam that moves them.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/config_node.h"
#include "core/rng.h"
#include "trainers/gradient/slots.h"

namespace tailor::train {

/// Source of the defaults: proxylessnas, search/arch_search_config.py.
struct AdamOptions {
  double lr = 1e-3, beta1 = 0, beta2 = 0.999, eps = 1e-8;

  static AdamOptions read(const ConfigNode& cfg);
};

/// Values and moments are those of a 32-bit float, so that a checkpoint holds them whole.
class ArchParameters {
 public:
  /// Normal with standard deviation `deviation`. slots: outlives this.
  ArchParameters(const Slots& slots, const AdamOptions& adam, double deviation, const Rng& rng);

  const SlotValues& alpha() const { return alpha_; }
  SlotValues probabilities() const;
  /// Mean over slots of -sum p ln p.
  double entropy() const;
  /// Options of the largest probability, one a slot.
  std::vector<size_t> most_likely() const;
  /// One option a slot, drawn.
  std::vector<size_t> sample(Rng& rng) const;

  /// One step down the gradient. Throws Error naming the slot where it is not finite; nothing has
  /// changed then.
  void step(const SlotValues& gradient);
  /// For what gates do after a step.
  std::span<double> values(size_t slot) { return alpha_[slot]; }
  /// Rounds to what a checkpoint keeps. Throws Error naming a slot whose parameters are not finite.
  void round();

  int64_t steps() const { return steps_; }
  /// All alphas, then moments, then the number of steps.
  std::vector<float> state() const;
  /// Throws IoError when it is of other slots.
  void set_state(std::span<const float> state);

 private:
  const Slots& slots_;
  AdamOptions adam_;
  SlotValues alpha_, first_, second_;
  int64_t steps_ = 0;
};

}  // namespace tailor::train
