// Running stages: hashes, skipping, events.
#include "tools/stages/stage.h"

#include <algorithm>
#include <chrono>
#include <iostream>
#include <set>

#include "core/error.h"
#include "core/file.h"
#include "core/interrupt.h"
#include "core/log.h"
#include "core/rounded.h"
#include "tools/environment.h"
#include "tools/stages/device_loop.h"
#include "tools/stages/estimators.h"
#include "tools/stages/summary.h"

namespace tailor::tools {

std::vector<std::string> run_train(const Session&, RunDir&, const std::string&);
std::vector<std::string> run_evaluate(const Session&, RunDir&, const std::string&);
std::vector<std::string> run_profile(const Session&, RunDir&, const std::string&);
std::vector<std::string> run_fit(const Session&, RunDir&, const std::string&);
std::vector<std::string> run_gradient(const Session&, RunDir&, const std::string&);
std::vector<std::string> run_search_stage(const Session&, RunDir&, const std::string&);
std::vector<std::string> run_finalists(const Session&, RunDir&, const std::string&);
std::vector<std::string> run_finetune(const Session&, RunDir&, const std::string&);
std::vector<std::string> run_export(const Session&, RunDir&, const std::string&);
std::vector<std::string> run_base(const Session&, RunDir&, const std::string&);
std::vector<std::string> run_placement(const Session&, RunDir&, const std::string&);
std::vector<std::string> run_blocks(const Session&, RunDir&, const std::string&);
std::vector<std::string> run_sizes(const Session&, RunDir&, const std::string&);
std::vector<std::string> run_final(const Session&, RunDir&, const std::string&);
std::vector<std::string> run_report(const Session&, RunDir&, const std::string&);

namespace {

// When a stage is part of a run. Published estimators take the place of evaluating, measuring and
// fitting; without images a run ends with the search and the report, without a device with the
// search.
bool searches(const Session& s) { return !s.postnas; }
/// A language model goes stages of its own.
bool makes_hybrid(const Session& s) { return s.postnas.has_value(); }
bool searches_sizes(const Session& s) { return s.postnas && s.postnas->sizes.state > 0; }
/// Else weights come from evaluate.weights.
bool trains(const Session& s) { return s.config.has("train"); }
bool evaluates(const Session& s) { return s.fits_accuracy(); }
bool learns_choices(const Session& s) { return s.gradient.has_value(); }
bool has_device(const Session& s) { return s.profile.device != nullptr; }
bool fits(const Session& s) { return evaluates(s) || has_device(s); }
bool measures_networks(const Session& s) { return s.data && has_device(s); }
/// Else the supernet's weights are exported.
bool finetunes(const Session& s) { return s.config.has("finetune"); }

/// Of networks for images.
std::vector<Stage> image_stages() {
  return {
      {"train",
       {"data", "train"},
       {},
       {"train/checkpoint.safetensors", "train/checkpoint.safetensors.prev", "train/history.csv"},
       run_train,
       trains},
      {"evaluate",
       {"data", "evaluate"},
       {"train"},
       {"evaluate/accuracy.csv"},
       run_evaluate,
       evaluates},
      {"profile",
       {"profile"},
       {},
       {"profile/lut.yaml", "profile/alone.yaml", "profile/carried.yaml", "profile/networks.csv",
        "profile/floor.yaml"},
       run_profile,
       has_device},
      {"fit", {"fit"}, {"evaluate", "profile"}, {}, run_fit, fits},
      {"gradient",
       {"data", "train", "evaluate", "gradient", "search.limits", "search.estimators"},
       {"train", "fit", "profile"},
       {"gradient/checkpoint.safetensors", "gradient/checkpoint.safetensors.prev"},
       run_gradient,
       learns_choices},
      {"search",
       {"search"},
       {"fit", "profile", "gradient"},
       {"search/snapshot.yaml", kMeasuredFile},
       run_search_stage,
       searches},
      {"finalists",
       {"data", "evaluate", "profile", "finalists"},
       {"search", "train", "gradient"},
       {},
       run_finalists,
       measures_networks},
      {"finetune",
       {"data", "train", "evaluate", "finetune"},
       {"finalists", "train", "gradient"},
       {"finetune/checkpoint.safetensors", "finetune/checkpoint.safetensors.prev",
        "finetune/history.csv", "finetune/validation.csv"},
       run_finetune,
       finetunes},
      {"export",
       {"export"},
       {"finalists", "finetune", "train", "gradient"},
       {},
       run_export,
       measures_networks},
      {"report",
       {"report", "export"},
       {"export", "finetune", "finalists", "search", "fit"},
       {},
       run_report,
       has_device},
  };
}

/// Of language models.
std::vector<Stage> language_stages() {
  return {
      {"base", {"text", "postnas.base"}, {}, {"base"}, run_base, makes_hybrid},
      {"placement",
       {"text", "postnas.placement"},
       {"base"},
       {"placement"},
       run_placement,
       makes_hybrid},
      {"blocks",
       {"text", "postnas.blocks", "postnas.sizes"},
       {"base", "placement"},
       {"blocks"},
       run_blocks,
       makes_hybrid},
      {"sizes",
       {"text", "postnas.sizes"},
       {"base", "blocks"},
       {"sizes"},
       run_sizes,
       searches_sizes},
      {"final",
       {"text", "postnas.final"},
       {"base", "blocks", "sizes"},
       {"final"},
       run_final,
       makes_hybrid},
  };
}

}  // namespace

const std::vector<Stage>& all_stages() {
  static const std::vector<Stage> stages = [] {
    std::vector<Stage> all = image_stages();
    for (Stage& stage : language_stages()) all.push_back(std::move(stage));
    return all;
  }();
  return stages;
}

namespace {

const Stage& find_stage(const std::string& name) {
  for (const Stage& stage : all_stages()) {
    if (name == stage.name) return stage;
  }
  throw Error(str("no stage '", name, "'"));
}

/// Runs stages of one folder. Remembers which are done, so that the files of a stage are checked
/// once, not once for each stage behind it.
class Runner {
 public:
  Runner(const Session& session, RunDir& run) : session_(session), run_(run) {}

  /// Runs the stage unless the folder holds its result for this config.
  void run(const Stage& stage) {
    if (!stage.applies(session_)) return;
    const std::string hash = hash_of(stage);
    if (run_.stage_done(stage.name, hash)) {
      log_info(stage.name, ": already done");
    } else {
      run_anew(stage, hash);
    }
    done_.insert(stage.name);
  }

 private:
  /// Of everything the stage depends on: its sections, the seed, and the files of the stages it
  /// needs. Throws ConfigError when one of those has not run.
  std::string hash_of(const Stage& stage) {
    std::string text = str("tailor 1\nseed ", session_.seed, "\n",
                           session_.config.child("space").canonical_text());
    for (const std::string& section : stage.sections) {
      text += str("\n", section, "\n", part(section).canonical_text());
    }
    if (session_.text) text += session_.text->fingerprint();
    for (const std::string& name : stage.needs) {
      const Stage& needed = find_stage(name);
      if (!needed.applies(session_)) continue;
      check_done(stage, needed);
      text += str("\n", name, " ", run_.stage_fingerprint(name));
    }
    return hex(fnv1a(text));
  }

  /// A section by its path, "postnas.base".
  ConfigNode part(const std::string& path) const {
    ConfigNode node = session_.config;
    for (const std::string& key : split(path, '.')) node = node.child(key);
    return node;
  }

  void check_done(const Stage& stage, const Stage& needed) {
    if (done_.count(needed.name)) return;
    if (run_.stage_fingerprint(needed.name).empty() ||
        !run_.stage_done(needed.name, hash_of(needed))) {
      throw ConfigError(str("stage '", stage.name, "' needs '", needed.name,
                            "', which has not run for this config in ", run_.path(),
                            "; run `tailor ", needed.name, "` or `tailor run`"));
    }
    done_.insert(needed.name);
  }

  void run_anew(const Stage& stage, const std::string& hash) {
    log_info(stage.name, run_.stage_begun(stage.name, hash) ? ": going on" : ": begins");
    run_.begin_stage(stage.name, hash, stage.partial);
    run_.event("stage_begin", {{"stage", stage.name}, {"hash", hash}});
    const auto began = std::chrono::steady_clock::now();
    const std::vector<std::string> files = stage.run(session_, run_, hash);
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    run_.finish_stage(stage.name, hash, files, seconds);
    run_.event("stage_end", {{"stage", stage.name}, {"seconds", number(seconds)}});
    log_info(stage.name, ": done in ", rounded(seconds, 1), " s");
  }

  const Session& session_;
  RunDir& run_;
  std::set<std::string> done_;
};

}  // namespace

void check_session(const Session& session) {
  check_metrics(session.search, session.device_info().runtime);
  session.search_choices();
}

void begin_run(const Session& session, RunDir& run) {
  write_file(run.file("config.yaml"), session.config.text());
  write_file(run.file("env.yaml"), environment_yaml(session));
}

void run_stages(const Session& session, RunDir& run, const std::vector<std::string>& names) {
  Runner runner(session, run);
  for (const std::string& name : names) {
    throw_if_interrupted();
    runner.run(find_stage(name));
  }
}

int run_stages(const CommandLine& line, const std::vector<std::string>& names) {
  const Session session(line.common);
  check_session(session);
  RunDir run(line.common.run_dir);
  begin_run(session, run);
  run_stages(session, run, names);
  std::cout << summary_text(session, run);
  return 0;
}

}  // namespace tailor::tools
