// Running stages: hashes, skipping, events.
#include "tools/stages/stage.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <iostream>

#include "core/error.h"
#include "core/file.h"
#include "core/interrupt.h"
#include "core/log.h"
#include "tools/environment.h"
#include "tools/stages/estimators.h"
#include "tools/stages/summary.h"

namespace tailor::tools {

std::vector<std::string> run_train(const Session&, RunDir&, const std::string&);
std::vector<std::string> run_evaluate(const Session&, RunDir&, const std::string&);
std::vector<std::string> run_profile(const Session&, RunDir&, const std::string&);
std::vector<std::string> run_fit(const Session&, RunDir&, const std::string&);
std::vector<std::string> run_search_stage(const Session&, RunDir&, const std::string&);
std::vector<std::string> run_finalists(const Session&, RunDir&, const std::string&);
std::vector<std::string> run_export(const Session&, RunDir&, const std::string&);
std::vector<std::string> run_report(const Session&, RunDir&, const std::string&);

const std::vector<Stage>& all_stages() {
  static const std::vector<Stage> stages = {
      {"train",
       {"data", "train"},
       {},
       {"train/checkpoint.safetensors", "train/checkpoint.safetensors.prev", "train/history.csv"},
       run_train},
      {"evaluate", {"data", "evaluate"}, {"train"}, {"evaluate/accuracy.csv"}, run_evaluate},
      {"profile", {"profile"}, {}, {"profile/lut.yaml"}, run_profile},
      {"fit", {"fit"}, {"evaluate", "profile"}, {}, run_fit},
      {"search", {"search"}, {"fit", "profile"}, {"search/snapshot.yaml"}, run_search_stage},
      {"finalists",
       {"data", "evaluate", "profile", "finalists"},
       {"search", "train"},
       {},
       run_finalists},
      {"export", {"export"}, {"finalists", "train"}, {}, run_export},
      {"report", {"report", "export"}, {"export", "finalists"}, {}, run_report},
  };
  return stages;
}

namespace {

const Stage& find_stage(const std::string& name) {
  for (const Stage& stage : all_stages()) {
    if (name == stage.name) return stage;
  }
  throw Error(str("no stage '", name, "'"));
}

/// A config without `train` takes its weights from evaluate.weights.
bool applies(const Stage& stage, const Session& session) {
  return std::string(stage.name) != "train" || session.config.has("train");
}

}  // namespace

std::string stage_hash(const Stage& stage, const Session& session, const RunDir& run) {
  std::string text =
      str("tailor 1\nseed ", session.seed, "\n", session.config.child("space").canonical_text());
  for (const std::string& section : stage.sections) {
    text += str("\n", section, "\n", session.config.child(section).canonical_text());
  }
  for (const std::string& name : stage.needs) {
    const Stage& needed = find_stage(name);
    if (!applies(needed, session)) continue;
    const std::string files = run.stage_fingerprint(name);
    if (files.empty() || !run.stage_done(name, stage_hash(needed, session, run))) {
      throw ConfigError(str("stage '", stage.name, "' needs '", name,
                            "', which has not run for this "
                            "config in ",
                            run.path(), "; run `tailor ", name, "` or `tailor run`"));
    }
    text += str("\n", name, " ", files);
  }
  return hex(fnv1a(text));
}

bool run_stage(const Stage& stage, const Session& session, RunDir& run) {
  if (!applies(stage, session)) return false;
  const std::string hash = stage_hash(stage, session, run);
  if (run.stage_done(stage.name, hash)) {
    log_info(stage.name, ": already done");
    return false;
  }
  log_info(stage.name, run.stage_begun(stage.name, hash) ? ": going on" : ": begins");
  run.begin_stage(stage.name, hash, stage.partial);
  run.event("stage_begin", {{"stage", stage.name}, {"hash", hash}});
  const auto began = std::chrono::steady_clock::now();
  const std::vector<std::string> files = stage.run(session, run, hash);
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  run.finish_stage(stage.name, hash, files, seconds);
  run.event("stage_end", {{"stage", stage.name}, {"seconds", number(seconds)}});
  log_info(stage.name, ": done in ", number(std::round(seconds * 10) / 10), " s");
  return true;
}

int run_stages(const CommandLine& line, const std::vector<std::string>& names) {
  const Session session(line.common);
  check_metrics(session.search, session.profile.device->info().runtime);
  RunDir run(line.common.run_dir);
  write_file(run.file("config.yaml"), session.config.text());
  write_file(run.file("env.yaml"), environment_yaml(session));
  for (const std::string& name : names) {
    throw_if_interrupted();
    run_stage(find_stage(name), session, run);
  }
  std::cout << summary_text(session, run);
  return 0;
}

}  // namespace tailor::tools
