// Schedule and restriction of a phase.
#include "trainers/train_phase.h"

#include <algorithm>

namespace tailor::train {

void PhaseSchedule::read(const ConfigNode& cfg) {
  cfg.read("epochs", epochs, {.min = 1, .max = 1e5, .doc = "passes over the training split"});
  cfg.read("lr", lr, {.min = 0, .max = 100, .doc = "peak learning rate"});
  cfg.read("final_lr", final_lr, {.min = 0, .max = 100, .doc = "learning rate at the end"});
  cfg.read("warmup_epochs", warmup_epochs,
           {.min = 0, .max = 1e5, .doc = "linear warm-up from lr / 25; a cosine follows"});
  cfg.read("teacher", frozen_teacher,
           {.doc = "frozen teacher: 'start' (the largest subnet as the phase begins), 'kept' (that "
                   "of the last phase that said start) or a network file; empty for none"});
  cfg.read("sort_channels", sort_channels,
           {.min = -1,
            .max = 16,
            .doc = "sort channels by importance before the phase: how many narrower widths are "
                   "trained already; -1 for no sorting (OFA: 0, then 1 in the phases of width)"});
  const std::vector<std::string> kinds = distillation_names();
  std::string kind = kinds[0];
  cfg.read("distillation", kind,
           {.choices = kinds,
            .doc = "loss between a subnet and its teacher: soft cross entropy (OFA, BigNAS), "
                   "squared difference of logits, adaptive alpha-divergence (AlphaNet)"});
  distillation =
      static_cast<Distillation>(std::find(kinds.begin(), kinds.end(), kind) - kinds.begin());
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
