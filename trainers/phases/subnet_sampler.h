// How a phase of training draws its subnets.
#pragma once

#include <memory>
#include <vector>

#include "core/config_node.h"
#include "core/rng.h"
#include "predictors/estimator.h"
#include "supernet/space/search_space.h"

namespace tailor::train {

/// Uniform over the choices a phase may use (Once-for-All); optionally with groups coupled, as
/// depth and expansion (CompOFA, Sahni et al. 2021), or the best or worst predicted of a few of
/// about the same cost (AttentiveNAS, Wang et al. 2021).
///
/// Independent slots make nearly all subnets middling: the sum of many choices is never extreme, so
/// small and large networks are hardly trained. `size_correlation` draws the slots of a subnet
/// through a Gaussian copula around a size of its own, each slot by itself still uniform, and
/// spreads the sizes of a step's subnets evenly.
class SubnetSampler {
 public:
  /// Fields `choices`, `one_resolution`, `size_correlation`, `couple`, `candidates`, `prefer`,
  /// `predictor`, `cost_bins` of a phase. Throws ConfigError; IoError for the predictor's file.
  /// `space` must outlive this.
  SubnetSampler(const ConfigNode& cfg, const SearchSpace& space);
  /// All choices, sizes spread.
  SubnetSampler(const SearchSpace& space, double size_correlation);

  /// The random subnets of one step.
  std::vector<Arch> sample(int64_t count, Rng& rng) const;
  /// The largest and smallest subnets within the choices.
  Arch largest() const { return extreme(true); }
  Arch smallest() const { return extreme(false); }
  /// Image size of a step whose subnets all see the same images; 0: each has its own.
  int64_t resolution(Rng& rng) const;

 private:
  void read_preference(const ConfigNode& cfg);
  Arch extreme(bool largest) const;
  /// size: standard normal; unused where slots are independent.
  Arch sample_one(double size, Rng& rng) const;
  Arch draw(double size, Rng& rng) const;
  int64_t cost_bin(const Arch& arch) const;

  const SearchSpace& space_;
  Restriction only_;
  bool one_resolution_ = false;
  double size_correlation_ = 0;
  int64_t candidates_ = 1, cost_bins_ = 8;
  bool prefer_best_ = true;
  double log_least_ = 0, log_most_ = 0;  // MACs
  std::unique_ptr<Estimator> predictor_, macs_;
};

}  // namespace tailor::train
