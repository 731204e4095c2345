// Phase "progressive_shrinking": a few random subnets a step from the choices opened so far, taught
// by a frozen teacher. Source: Once-for-All (Cai et al. 2020) §3.3; gradients are summed, not
// averaged, as in once-for-all/ofa/imagenet_classification/elastic_nn/training.
#include "trainers/phases/subnet_sampler.h"
#include "trainers/train_phase.h"

namespace tailor::train {
namespace {

class ProgressiveShrinking : public TrainPhase {
 public:
  ProgressiveShrinking(const ConfigNode& cfg, const SearchSpace& space) : sampler_(cfg, space) {
    schedule_.read(cfg);
    cfg.read("subnets", subnets_, {.min = 1, .max = 64, .doc = "random subnets a step"});
    cfg.read("distill", distill_, {.min = 0, .max = 100, .doc = "weight of the teacher's targets"});
    cfg.finish();
  }

  std::vector<SubnetTask> step(Rng& rng) const override {
    const bool taught = distill_ > 0 && !schedule_.frozen_teacher.empty();
    const int64_t resolution = sampler_.resolution(rng);
    std::vector<SubnetTask> tasks;
    for (Arch& arch : sampler_.sample(subnets_, rng)) {
      tasks.push_back({.arch = std::move(arch),
                       .resolution = resolution,
                       .distill_weight = taught ? distill_ : 0,
                       .teacher = taught ? Teacher::frozen : Teacher::none});
    }
    return tasks;
  }

 private:
  SubnetSampler sampler_;
  int64_t subnets_ = 2;
  double distill_ = 1;
};

}  // namespace

PhaseRegistry::Factory make_progressive_shrinking;

std::unique_ptr<TrainPhase> make_progressive_shrinking(const ConfigNode& cfg,
                                                       const SearchSpace& space) {
  return std::make_unique<ProgressiveShrinking>(cfg, space);
}

}  // namespace tailor::train
