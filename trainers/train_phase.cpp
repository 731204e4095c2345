// Schedule and restriction of a phase.
#include "trainers/train_phase.h"

namespace tailor::train {

void PhaseSchedule::read(const ConfigNode& cfg) {
  cfg.read("epochs", epochs, {.min = 1, .max = 1e5, .doc = "passes over the training split"});
  cfg.read("lr", lr, {.min = 0, .max = 100, .doc = "peak learning rate"});
  cfg.read("final_lr", final_lr, {.min = 0, .max = 100, .doc = "learning rate at the end"});
  cfg.read("warmup_epochs", warmup_epochs,
           {.min = 0, .max = 1e5, .doc = "linear warm-up from lr / 25; a cosine follows"});
  cfg.read("teacher", frozen_teacher,
           {.doc = "frozen teacher: 'start' (the largest subnet as the phase begins) or a network "
                   "file; empty for none"});
}

int64_t draw_resolution(const SearchSpace& space, Rng& rng) {
  const int axis = space.axis_index("r", 0);
  if (axis < 0) return 0;
  const std::vector<double>& sizes = space.axes()[static_cast<size_t>(axis)].values;
  return static_cast<int64_t>(
      sizes[static_cast<size_t>(rng.below(static_cast<int64_t>(sizes.size())))]);
}

Restriction read_choices(const ConfigNode& cfg, const SearchSpace& space) {
  const ConfigNode choices = cfg.child("choices", "values a phase may use, by axis group");
  std::map<std::string, std::vector<double>> only;
  for (const std::string& group : space.groups()) {
    if (!choices.has(group) && !choices.recording()) continue;
    choices.read(group, only[group], {.doc = "allowed values; absent for all"});
  }
  choices.finish();
  if (choices.recording()) only.clear();
  return space.restrict(only);
}

}  // namespace tailor::train
