// Rewards, baseline, gradient.
#include "trainers/gradient/reinforce.h"

#include <cmath>

namespace tailor::train {

ReinforceOptions ReinforceOptions::read(const ConfigNode& cfg) {
  ReinforceOptions o;
  cfg.read("samples", o.samples,
           {.min = 0,
            .max = 1e4,
            .doc = "networks sampled in an architecture step and rewarded by their accuracy "
                   "(ProxylessNAS: 10); 0: gates and backpropagation"});
  cfg.read("metric", o.metric, {.doc = "the limit that rewards see, where there is one"});
  cfg.read("power", o.power, {.min = 0, .max = 100, .doc = "of limit / value in a reward"});
  cfg.read("decay", o.decay,
           {.min = 0, .max = 1, .doc = "share of the newest mean reward in the baseline"});
  cfg.finish();
  return o;
}

double reward(double accuracy, const TargetState* target, double value, double power) {
  return target ? accuracy * std::pow(target->limit / value, power) : accuracy;
}

double Baseline::update(double mean) {
  value_ = static_cast<float>(std::isnan(value_) ? mean : value_ + decay_ * (mean - value_));
  return value_;
}

SlotValues reinforce_gradient(const Slots& slots, const SlotValues& probabilities,
                              std::span<const RewardedSample> samples, double baseline) {
  SlotValues out = slots.zeros();
  for (const RewardedSample& sample : samples) {
    const Arch arch = slots.arch(sample.options);
    const double weight = (sample.reward - baseline) / static_cast<double>(samples.size());
    for (size_t s = 0; s < slots.size(); ++s) {
      if (!slots.matters(s, arch)) continue;
      for (size_t i = 0; i < out[s].size(); ++i) {
        out[s][i] += weight * (probabilities[s][i] - (i == sample.options[s] ? 1 : 0));
      }
    }
  }
  return out;
}

}  // namespace tailor::train
