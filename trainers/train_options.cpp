// Reading section `train`.
#include "trainers/train_options.h"

namespace tailor::train {

namespace {

/// A kept teacher is one that an earlier phase began with.
void check_kept_teachers(const ConfigNode& cfg, const TrainOptions& o) {
  for (const auto& phase : o.phases) {
    const std::string& teacher = phase->schedule().frozen_teacher;
    if (teacher == "start") return;
    if (teacher == "kept") {
      cfg.fail("phases", "teacher 'kept' needs an earlier phase with teacher 'start'");
    }
  }
}

}  // namespace

TrainOptions TrainOptions::read(const ConfigNode& cfg, const SearchSpace& space) {
  TrainOptions o;
  cfg.read("batch", o.batch, {.min = 1, .max = 1e6, .doc = "images a step"});
  cfg.read("shards", o.shards,
           {.min = 1,
            .max = 256,
            .doc = "parts of a batch that run side by side, each with batch "
                   "statistics of its own; results depend on it, not on threads"});
  cfg.read("loader_threads", o.loader_threads,
           {.min = 0,
            .max = 256,
            .doc = "threads that prepare the next steps' images; 0: each step prepares its own"});
  cfg.read("prefetch", o.prefetch,
           {.min = 1, .max = 1024, .doc = "steps that they hold ready, at most"});
  cfg.read("label_smoothing", o.label_smoothing, {.min = 0, .max = 0.9, .doc = "of the labels"});
  cfg.read("ema", o.ema,
           {.min = 0, .max = 0.99999, .doc = "decay of averaged weights; 0 for none"});
  cfg.read("clip_norm", o.clip_norm,
           {.min = 0, .max = 1e6, .doc = "gradient clipping; 0 for none"});
  cfg.read("running_statistics", o.running_statistics,
           {.doc = "keep batch norm statistics while training (evaluation recalibrates anyway)"});
  cfg.read("spike_factor", o.spike_factor,
           {.min = 0,
            .max = 1e6,
            .doc = "a step loss of so many times its running mean rolls back to "
                   "the last snapshot at half the rate; 0: only NaN does"});
  cfg.read("max_rollbacks", o.max_rollbacks, {.min = 0, .max = 100, .doc = "then training fails"});
  cfg.read("checkpoint_seconds", o.checkpoint_seconds,
           {.min = 0, .max = 1e6, .doc = "time between checkpoints; each epoch ends with one too"});
  cfg.read("validation_images", o.validation_images,
           {.min = 1, .max = 1e9, .doc = "validation images behind each epoch's accuracy"});
  cfg.read("start", o.start, {.doc = "file of weights to begin from; empty for random ones"});
  const ConfigNode named =
      cfg.child("validate", "subnets scored after each epoch, NAME: ARCH; see validation.csv");
  for (const std::string& name : named.keys()) {
    std::string text;
    named.read(name, text, {.required = true, .doc = "GROUP=VALUES text"});
    o.named.emplace_back(name, space.parse(text));
  }
  named.finish();
  o.optimizer = OptimizerOptions::read(cfg.child("optimizer", "update rule"));
  for (const ConfigNode& phase : cfg.children("phases", "what is trained, in order")) {
    o.phases.push_back(builtin_phases().make(phase, space));
    o.phase_names.push_back(phase.scalar_text("name"));
  }
  if (o.phases.empty() && !cfg.recording()) cfg.fail("phases", "must hold at least one phase");
  if (!cfg.recording()) check_kept_teachers(cfg, o);
  cfg.finish();
  return o;
}

}  // namespace tailor::train
