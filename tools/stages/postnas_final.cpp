// Stage final: the hybrid is taught with its MLPs frozen, then all of it is trained.
// Source: Gu et al. 2025, section 3.1.
#include "core/error.h"
#include "core/file.h"
#include "core/log.h"
#include "supernet/space/cost.h"
#include "tools/adopted_model.h"
#include "tools/report/hybrid.h"
#include "tools/stages/language_export.h"
#include "tools/stages/postnas.h"
#include "tools/stages/stage.h"
#include "trainers/language/mixers.h"

namespace tailor::tools {
namespace {

bool is_mlp_weight(const supernet::Parameter& parameter) {
  return parameter.name.find(".mlp.") != std::string::npos;
}

/// Both trainings of one arch, in `folder`; its scores behind them.
TaskScores train_hybrid(const Postnas& postnas, const Arch& arch, supernet::ParameterStore& store,
                        RunDir& run, const std::string& folder, const std::string& hash) {
  const PostnasSection::Final& section = postnas.section().final;
  const Session& s = postnas.session();
  const train::FrozenTeacher teacher = postnas.teacher();
  const auto draw = [&](Rng&) { return arch; };
  store.freeze(is_mlp_weight);
  train::LanguageTrainer distil(postnas.space(), postnas.data(), store, section.distil,
                                {.draw = draw,
                                 .loss = {.labels = 0, .features = 1, .logits = section.logits},
                                 .teacher = &teacher},
                                s.rng("distil"), s.threads);
  distil.run(folder + " distil", run.file(folder + "/distil"), hash);
  store.freeze([](const supernet::Parameter&) { return false; });
  train::LanguageTrainer all(postnas.space(), postnas.data(), store, section.train,
                             {.draw = draw,
                              .loss = {.labels = 1, .features = 0, .logits = section.logits},
                              .teacher = &teacher},
                             s.rng("final"), s.threads);
  all.run(folder + " train", run.file(folder + "/train"), hash);
  return postnas.score(arch, store);
}

}  // namespace

std::vector<std::string> run_final(const Session& s, RunDir& run, const std::string& hash) {
  const Postnas postnas(s, run);
  const std::string chosen = run.file(s.postnas->sizes.state > 0 ? kSizesFile : kBlocksFile);
  const Arch arch = s.space->parse(read_entry(chosen, "arch"));
  supernet::ParameterStore store = postnas.store(run.file(read_entry(chosen, "checkpoint")));
  const TaskScores base = postnas.score(postnas.base(), *postnas.teacher().store);
  const TaskScores hybrid = train_hybrid(postnas, arch, store, run, "final", hash);
  const int64_t context = s.postnas->sizes.context;
  const auto bytes = [&](const Arch& each) {
    const Workload load{.tokens = 1, .context = context - 1, .phase = Phase::decode};
    return network_cost(s.space->lower(each, load)).state_bytes;
  };
  write_file(
      run.file("final/result.yaml"),
      str("format_version: 1\narch: ", s.space->print(arch), "\nbase:\n", score_yaml(base, "  "),
          "hybrid:\n", score_yaml(hybrid, "  "), "context: ", context,
          "\nbase_state_bytes: ", bytes(postnas.base()), "\nstate_bytes: ", bytes(arch), "\n"));
  log_info("final: of the hybrid ", score_text(hybrid), ", of the transformer ", score_text(base));
  const std::string folder = str("export/", s.exports.name);
  const std::optional<LmConfig> known = model_config(s.config);
  export_language_model(run.file(folder), *s.space, arch, store, known ? &*known : nullptr);
  if (known) copy_tokenizer(model_folder(s.config), run.file(folder));
  write_file(run.file("report.html"), report::hybrid_html(run.path(), s.report.title));
  return {"final/distil/checkpoint.safetensors",
          "final/train/checkpoint.safetensors",
          "final/result.yaml",
          folder + "/config.json",
          folder + "/model.safetensors",
          folder + "/model.py",
          "report.html"};
}

}  // namespace tailor::tools
