// Phase "sandwich": each step trains the largest subnet on the labels, and the smallest and a few
// random ones on the largest one's predictions (in-place distillation).
// Source: BigNAS (Yu et al. 2020) §3.1; US-Net (Yu & Huang 2019).
#include "trainers/train_phase.h"

namespace tailor::train {
namespace {

class Sandwich : public TrainPhase {
 public:
  Sandwich(const ConfigNode& cfg, const SearchSpace& space) : space_(space) {
    schedule_.read(cfg);
    cfg.read("random", random_, {.min = 0, .max = 64, .doc = "random subnets a step"});
    cfg.read("smallest", smallest_, {.doc = "train the smallest subnet in every step"});
    cfg.read("label_weight", label_weight_,
             {.min = 0, .max = 1, .doc = "weight of the labels for all but the largest"});
    cfg.read("one_resolution", one_resolution_,
             {.doc = "draw one image size a step for all its subnets; else each has its own"});
    only_ = read_choices(cfg, space);
    cfg.finish();
  }

  std::vector<SubnetTask> step(Rng& rng) const override {
    const int64_t resolution = one_resolution_ ? draw_resolution(space_, rng) : 0;
    std::vector<SubnetTask> tasks = {{.arch = space_.largest(), .resolution = resolution}};
    auto add = [&](Arch arch) {
      tasks.push_back({.arch = std::move(arch),
                       .resolution = resolution,
                       .label_weight = label_weight_,
                       .distill_weight = 1 - label_weight_,
                       .teacher = Teacher::first});
    };
    for (int64_t i = 0; i < random_; ++i) add(space_.sample_choices(rng, &only_));
    if (smallest_) add(space_.smallest());
    return tasks;
  }

 private:
  const SearchSpace& space_;
  Restriction only_;
  int64_t random_ = 2;
  bool smallest_ = true, one_resolution_ = false;
  double label_weight_ = 0;
};

}  // namespace

PhaseRegistry::Factory make_sandwich;

std::unique_ptr<TrainPhase> make_sandwich(const ConfigNode& cfg, const SearchSpace& space) {
  return std::make_unique<Sandwich>(cfg, space);
}

}  // namespace tailor::train
