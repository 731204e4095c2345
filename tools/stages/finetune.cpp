// Stage finetune: the winner trained alone from the supernet's weights, with the supernet's largest
// subnet as its teacher (Once-for-All, Cai et al. 2020, §4.2). Validation images decide whether the
// result is used; test images are read for the report alone.
#include <cmath>

#include "core/log.h"
#include "tools/stages/final_winner.h"
#include "tools/stages/stage.h"
#include "trainers/loop.h"

namespace tailor::tools {
namespace {

train::TrainOptions training_options(const Session& s, const RunDir& run, const Arch& arch) {
  train::TrainOptions o = s.train;
  o.start = s.weights_file(run);
  o.phases = {train::single_phase(s.finetune.schedule, arch, s.finetune.distill)};
  o.phase_names = {"finetune"};
  o.named = {{"winner", arch}};
  return o;
}

}  // namespace

std::vector<std::string> run_finetune(const Session& s, RunDir& run, const std::string& hash) {
  FinalistRow row = read_winner(run.file("finalists.csv"));
  const Arch arch = s.space->parse(row.arch);
  const train::TrainOptions options = training_options(s, run, arch);
  train::Trainer trainer(*s.space, *s.data, options, static_cast<uint64_t>(s.seed), s.threads);
  trainer.run(run.file("finetune"), hash);

  train::SubnetEvaluator evaluator(*s.space, *s.data, trainer.store(), s.evaluate.evaluator);
  supernet::GraphNet net = evaluator.recalibrated(arch);
  const double validation = evaluator.score(net, train::Split::validation).accuracy;
  const double before = row.validation_accuracy;
  if (validation > before) {
    row.validation_accuracy = validation;
    row.accuracy = evaluator.score(net, train::Split::test).accuracy;
    row.note = kFinetuned;
  } else {
    row.note = "winner; fine-tuning did not help, the supernet's weights are kept";
  }
  log_info("finetune: validation accuracy ", number(before), " -> ", number(validation), "; ",
           row.note);
  write_finalists(run.file("finetune/winner.csv"), {row});
  return {"finetune/checkpoint.safetensors", "finetune/history.csv", "finetune/winner.csv"};
}

}  // namespace tailor::tools
