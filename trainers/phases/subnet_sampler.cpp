// Drawing the subnets of a step.
#include "trainers/phases/subnet_sampler.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "predictors/cost_estimator.h"
#include "predictors/predictor.h"
#include "supernet/space/coupling.h"
#include "trainers/train_phase.h"

namespace tailor::train {
namespace {

/// Draws into the wanted cost bin, for each candidate.
constexpr int64_t kTriesPerCandidate = 20;

/// The share of a standard normal below z.
double normal_share(double z) { return 0.5 * std::erfc(-z / std::sqrt(2.0)); }

/// Where a standard normal has the share `p` in (0, 1) below it.
double normal_quantile(double p) {
  double low = -8, high = 8;
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    (normal_share(middle) < p ? low : high) = middle;
  }
  return low;
}

/// Standard normals, one from each of `count` equally likely intervals, in random order.
std::vector<double> spread_normals(int64_t count, Rng& rng) {
  std::vector<double> out;
  for (int64_t interval : rng.permutation(count)) {
    const double share =
        (static_cast<double>(interval) + rng.uniform()) / static_cast<double>(count);
    out.push_back(normal_quantile(share));
  }
  return out;
}

/// The allowed choice that lies at `share` in [0, 1] of those allowed.
int8_t nth_allowed(const std::vector<bool>& allowed, double share) {
  std::vector<int8_t> choices;
  for (size_t c = 0; c < allowed.size(); ++c) {
    if (allowed[c]) choices.push_back(static_cast<int8_t>(c));
  }
  const auto at = static_cast<size_t>(share * static_cast<double>(choices.size()));
  return choices[std::min(at, choices.size() - 1)];
}

}  // namespace

SubnetSampler::SubnetSampler(const ConfigNode& cfg, const SearchSpace& space) : space_(space) {
  cfg.read("one_resolution", one_resolution_,
           {.doc = "draw one image size a step for all its subnets; else each has its own"});
  cfg.read("size_correlation", size_correlation_,
           {.min = 0,
            .max = 0.99,
            .doc = "of a subnet's choices, by their order: 0 draws each by itself; more trains "
                   "small and large subnets more often, and spreads a step's subnets over sizes"});
  only_ = read_choices(cfg, space);
  const CouplingRule coupling = CouplingRule::read(
      cfg.child("couple", "groups whose choices belong together, as in `search.couple` (CompOFA)"));
  try {
    couple(space, coupling, only_);
  } catch (const ConfigError& error) {
    cfg.fail("couple", error.what());
  }
  const int size = space.axis_index("r", 0);
  for (const Coupling& each : only_.couplings) {
    const bool sized =
        static_cast<int>(each.leader) == size || static_cast<int>(each.follower) == size;
    if (one_resolution_ && sized) cfg.fail("couple", "cannot couple r beside one_resolution");
  }
  read_preference(cfg);
}

SubnetSampler::SubnetSampler(const SearchSpace& space, double size_correlation)
    : space_(space),
      only_(read_choices(ConfigNode::empty("choices"), space)),
      size_correlation_(size_correlation) {}

void SubnetSampler::read_preference(const ConfigNode& cfg) {
  std::string prefer = "best", file;
  cfg.read("candidates", candidates_,
           {.min = 1, .max = 1000, .doc = "archs of about one cost to choose each subnet from"});
  cfg.read("prefer", prefer,
           {.choices = {"best", "worst"}, .doc = "which of the candidates (AttentiveNAS)"});
  cfg.read("predictor", file,
           {.doc = "file of the accuracy predictor that ranks candidates: fit/accuracy.safetensors "
                   "of an earlier run"});
  cfg.read("cost_bins", cost_bins_,
           {.min = 1, .max = 1000, .doc = "cost classes (by MACs) that candidates share"});
  prefer_best_ = prefer == "best";
  if (cfg.recording() || candidates_ == 1) return;
  if (file.empty()) cfg.fail("predictor", "is needed to choose among candidates");
  predictor_ = predict::load_predictor(file, space_);
  macs_ = std::make_unique<predict::CostEstimator>(space_, "macs");
  log_least_ = std::log(1 + estimate_one(*macs_, space_.smallest()));
  log_most_ = std::log(1 + estimate_one(*macs_, space_.largest()));
}

int64_t SubnetSampler::cost_bin(const Arch& arch) const {
  const double log_macs = std::log(1 + estimate_one(*macs_, arch));
  const double at = (log_macs - log_least_) / std::max(log_most_ - log_least_, 1e-9);
  return std::clamp(static_cast<int64_t>(at * static_cast<double>(cost_bins_)), int64_t{0},
                    cost_bins_ - 1);
}

Arch SubnetSampler::draw(double size, Rng& rng) const {
  if (size_correlation_ == 0) return space_.sample_choices(rng, &only_);
  const double shared = std::sqrt(size_correlation_) * size, own = std::sqrt(1 - size_correlation_);
  std::vector<int8_t> choices;
  for (const std::vector<bool>& allowed : only_.allowed) {
    const double at = normal_share(shared + own * rng.normal());
    choices.push_back(nth_allowed(allowed, at));
  }
  return space_.arch(choices, &only_);
}

std::vector<Arch> SubnetSampler::sample(int64_t count, Rng& rng) const {
  std::vector<Arch> archs;
  const std::vector<double> sizes =
      size_correlation_ > 0 ? spread_normals(count, rng) : std::vector<double>();
  for (size_t i = 0; i < static_cast<size_t>(count); ++i)
    archs.push_back(sample_one(sizes.empty() ? 0 : sizes[i], rng));
  return archs;
}

Arch SubnetSampler::sample_one(double size, Rng& rng) const {
  Arch first = draw(size, rng);
  if (candidates_ == 1) return first;
  const int64_t bin = cost_bin(first);
  std::vector<Arch> archs = {first};
  for (int64_t t = 0; t < kTriesPerCandidate * candidates_; ++t) {
    if (static_cast<int64_t>(archs.size()) == candidates_) break;
    Arch arch = draw(size, rng);
    if (cost_bin(arch) == bin) archs.push_back(std::move(arch));
  }
  std::vector<Estimate> scores(archs.size());
  predictor_->estimate(archs, scores);
  const auto less = [](const Estimate& a, const Estimate& b) { return a.value < b.value; };
  const auto chosen = prefer_best_ ? std::max_element(scores.begin(), scores.end(), less)
                                   : std::min_element(scores.begin(), scores.end(), less);
  return archs[static_cast<size_t>(chosen - scores.begin())];
}

Arch SubnetSampler::extreme(bool largest) const {
  std::vector<int8_t> choices;
  for (const std::vector<bool>& allowed : only_.allowed) {
    const auto first = std::find(allowed.begin(), allowed.end(), true) - allowed.begin();
    const auto last = allowed.rend() - std::find(allowed.rbegin(), allowed.rend(), true) - 1;
    choices.push_back(static_cast<int8_t>(largest ? last : first));
  }
  return space_.arch(choices, &only_);
}

int64_t SubnetSampler::resolution(Rng& rng) const {
  const int axis = space_.axis_index("r", 0);
  if (!one_resolution_ || axis < 0) return 0;
  const auto r = static_cast<size_t>(axis);
  std::vector<double> sizes;
  for (size_t c = 0; c < space_.axes()[r].values.size(); ++c) {
    if (only_.allowed[r][c]) sizes.push_back(space_.axes()[r].values[c]);
  }
  return static_cast<int64_t>(
      sizes[static_cast<size_t>(rng.below(static_cast<int64_t>(sizes.size())))]);
}

}  // namespace tailor::train
