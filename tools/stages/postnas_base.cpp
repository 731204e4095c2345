// Stage base: the transformer that PostNAS begins from.
#include "core/file.h"
#include "core/log.h"
#include "tools/stages/postnas.h"
#include "tools/stages/stage.h"

namespace tailor::tools {

std::vector<std::string> run_base(const Session& s, RunDir& run, const std::string& hash) {
  const Postnas postnas(s, run);
  const PostnasSection::Base& section = postnas.section().base;
  const NetworkSpec spec = postnas.lower(postnas.base());
  supernet::ParameterStore store(std::span(&spec, 1));
  std::vector<std::string> files = {"base/result.yaml"};
  if (section.weights.empty()) {
    store.initialise(s.rng("base"));
    train::LanguageTrainer trainer(*s.space, *s.text, store, section.schedule,
                                   {.draw = [&](Rng&) { return postnas.base(); }, .loss = {}},
                                   s.rng("base"), s.threads);
    trainer.run("base", run.file("base"), hash);
    files.insert(files.end(), {kBaseCheckpoint, "base/history.csv"});
  } else {
    postnas.load_base(store);
  }
  const TaskScores scores = postnas.score(postnas.base(), store);
  write_file(run.file("base/result.yaml"),
             str("format_version: 1\nbase:\n", score_yaml(scores, "  ")));
  log_info("base: ", score_text(scores));
  return files;
}

}  // namespace tailor::tools
