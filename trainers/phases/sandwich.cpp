// Phase "sandwich": each step trains the largest subnet on the labels, and the smallest and a few
// random ones on the largest one's predictions (in-place distillation).
// Source: BigNAS (Yu et al. 2020) §3.1; US-Net (Yu & Huang 2019).
#include "trainers/phases/subnet_sampler.h"
#include "trainers/train_phase.h"

namespace tailor::train {
namespace {

class Sandwich : public TrainPhase {
 public:
  Sandwich(const ConfigNode& cfg, const SearchSpace& space) : sampler_(cfg, space) {
    schedule_.read(cfg);
    cfg.read("random", random_, {.min = 0, .max = 64, .doc = "random subnets a step"});
    cfg.read("smallest", smallest_, {.doc = "train the smallest subnet in every step"});
    cfg.read("label_weight", label_weight_,
             {.min = 0, .max = 1, .doc = "weight of the labels for all but the largest"});
    cfg.read("smooth_all", smooth_all_,
             {.doc = "smooth labels for every subnet; BigNAS regularises the largest alone"});
    cfg.finish();
  }

  std::vector<SubnetTask> step(Rng& rng) const override {
    const int64_t resolution = sampler_.resolution(rng);
    std::vector<SubnetTask> tasks = {{.arch = sampler_.largest(), .resolution = resolution}};
    auto add = [&](Arch arch) {
      tasks.push_back({.arch = std::move(arch),
                       .resolution = resolution,
                       .label_weight = label_weight_,
                       .distill_weight = 1 - label_weight_,
                       .teacher = Teacher::first,
                       .smooth_labels = smooth_all_});
    };
    for (Arch& arch : sampler_.sample(random_, rng)) add(std::move(arch));
    if (smallest_) add(sampler_.smallest());
    return tasks;
  }

 private:
  SubnetSampler sampler_;
  int64_t random_ = 2;
  bool smallest_ = true, smooth_all_ = false;
  double label_weight_ = 0;
};

}  // namespace

PhaseRegistry::Factory make_sandwich;

std::unique_ptr<TrainPhase> make_sandwich(const ConfigNode& cfg, const SearchSpace& space) {
  return std::make_unique<Sandwich>(cfg, space);
}

}  // namespace tailor::train
