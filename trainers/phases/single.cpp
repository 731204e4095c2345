// Phase "single": one fixed subnet, the largest unless told otherwise (a teacher, a baseline).
#include "trainers/train_phase.h"

namespace tailor::train {
namespace {

class Single : public TrainPhase {
 public:
  Single(const PhaseSchedule& schedule, const Arch& arch, double distill)
      : arch_(arch), distill_(distill) {
    schedule_ = schedule;
  }
  Single(const ConfigNode& cfg, const SearchSpace& space) {
    std::string text;
    schedule_.read(cfg);
    cfg.read("arch", text, {.doc = "the subnet, as GROUP=VALUES text; empty for the largest"});
    cfg.read("distill", distill_, {.min = 0, .max = 100, .doc = "weight of the frozen teacher"});
    cfg.finish();
    arch_ = text.empty() ? space.largest() : space.parse(text);
  }

  std::vector<SubnetTask> step(Rng&) const override {
    const bool taught = distill_ > 0 && !schedule_.frozen_teacher.empty();
    return {{.arch = arch_,
             .distill_weight = taught ? distill_ : 0,
             .teacher = taught ? Teacher::frozen : Teacher::none}};
  }

 private:
  Arch arch_;
  double distill_ = 0;
};

}  // namespace

std::unique_ptr<TrainPhase> single_phase(const PhaseSchedule& schedule, const Arch& arch,
                                         double distill) {
  return std::make_unique<Single>(schedule, arch, distill);
}

PhaseRegistry::Factory make_single;

std::unique_ptr<TrainPhase> make_single(const ConfigNode& cfg, const SearchSpace& space) {
  return std::make_unique<Single>(cfg, space);
}

}  // namespace tailor::train
