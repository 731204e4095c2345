// Reading the section.
#include "trainers/gradient/gradient_options.h"

#include "trainers/train_phase.h"

namespace tailor::train {
namespace {

/// A part by its registry, `fallback` where the config names none.
template <class Part>
std::unique_ptr<Part> make_part(const Registry<Part>& registry, const ConfigNode& cfg,
                                std::string fallback) {
  cfg.read("name", fallback, {.choices = registry.names(), .doc = "which " + registry.kind()});
  return cfg.recording() ? nullptr : registry.create(fallback, cfg);
}

std::unique_ptr<GradientObjective> objective_of(const ConfigNode& cfg) {
  return make_part(builtin_objectives(), cfg, "constrained");
}

}  // namespace

GradientOptions GradientOptions::read(const ConfigNode& cfg, const SearchSpace& space) {
  GradientOptions o;
  cfg.read("warmup_epochs", o.warmup_epochs,
           {.min = 0, .max = 1e5, .doc = "epochs of weights alone, on paths drawn evenly"});
  cfg.read("warmup_lr", o.warmup_lr, {.min = 0, .max = 100, .doc = "their learning rate"});
  cfg.read("epochs", o.epochs,
           {.min = 1, .max = 1e5, .doc = "epochs of weights and architecture in turn"});
  cfg.read("lr", o.lr, {.min = 0, .max = 100, .doc = "learning rate of weights in them"});
  cfg.read("every", o.every,
           {.min = 1, .max = 1e6, .doc = "weight steps for each architecture step"});
  cfg.read("held_out", o.held_out,
           {.min = 0,
            .max = 0.9,
            .doc = "share of the training images that architecture steps see, and weight steps "
                   "do not; 0: architecture steps see the validation images"});
  cfg.read("deviation", o.deviation,
           {.min = 0, .max = 10, .doc = "of the first architecture parameters, around 0"});
  o.only = read_choices(cfg, space);
  o.adam = AdamOptions::read(cfg.child("adam", "update rule of architecture parameters"));
  o.gates = make_part(builtin_gates(), cfg.child("gates", "which paths run, how they are mixed"),
                      "two_path");
  o.reinforce = ReinforceOptions::read(cfg.child("reinforce", "learning from rewards instead"));
  const ConfigNode objective = cfg.child("objective", "what architecture steps minimise");
  objective_of(objective);
  o.objective = std::make_shared<const ConfigNode>(objective);
  cfg.finish();
  return o;
}

std::unique_ptr<GradientObjective> GradientOptions::make_objective() const {
  return objective_of(*objective);
}

}  // namespace tailor::train
