// Stage fit: the accuracy predictor (chosen by cross-validation) and the latency correction.
#include "core/error.h"
#include "core/file.h"
#include "core/log.h"
#include "predictors/accuracy_table.h"
#include "predictors/latency_lut.h"
#include "predictors/selection.h"
#include "tools/stages/estimators.h"
#include "tools/stages/stage.h"

namespace tailor::tools {
namespace {

struct MeasuredArchs {
  std::vector<Arch> archs;
  std::vector<double> ms;
};

MeasuredArchs read_networks(const SearchSpace& space, const std::string& path) {
  const Csv csv = Csv::load(path);
  const size_t arch = csv.column("arch"), ms = csv.column("measured_ms");
  MeasuredArchs out;
  for (const auto& row : csv.rows) {
    double value = 0;
    if (!parse_number(row[ms], value)) throw IoError(str(path, ": '", row[ms], "' is no number"));
    out.archs.push_back(space.parse(row[arch]));
    out.ms.push_back(value);
  }
  return out;
}

std::string latency_quality(const predict::LatencyLut& latency, const MeasuredArchs& measured) {
  std::vector<double> predicted;
  for (const Arch& arch : measured.archs) predicted.push_back(estimate_one(latency, arch));
  return str("latency:\n  networks: ", measured.archs.size(),
             "\n  correction: ", latency.correction().subset,
             "\n  leave_one_out_error: ", number(latency.correction().residual), "\n",
             predict::quality_yaml(predict::quality(predicted, measured.ms), 2));
}

std::string fit_accuracy(const Session& s, RunDir& run) {
  const predict::AccuracyTable table =
      predict::read_accuracy_csv(*s.space, run.file("evaluate/accuracy.csv"));
  const predict::Selection selection =
      predict::select_accuracy_predictor(predict::builtin_accuracy_predictors(), *s.space, table,
                                         s.fit.node, s.fit.selection, s.rng("fit"));
  selection.predictor->save(run.file("fit/accuracy.safetensors"));
  Csv csv;
  csv.header = {"arch", "accuracy", "predicted"};
  for (size_t i = 0; i < table.size(); ++i) {
    csv.rows.push_back({s.space->print(table.archs[i]), number(table.accuracy[i]),
                        number(selection.best().out_of_fold[i])});
  }
  write_file(run.file("fit/predictions.csv"), csv.text());
  const predict::Quality& q = selection.best().quality;
  log_info("fit: accuracy by ", selection.name, ", Kendall tau ", q.kendall_tau, " (best quartile ",
           q.kendall_tau_top, "), RMSE ", q.rmse);
  return selection.quality_yaml(s.fit.selection.folds);
}

std::string fit_latency(const Session& s, RunDir& run) {
  const std::unique_ptr<predict::LatencyLut> latency = profiled_latency(s, run);
  const MeasuredArchs measured = read_networks(*s.space, run.file("profile/networks.csv"));
  latency->fit(measured.archs, measured.ms);
  latency->correction().save(run.file("fit/latency.yaml"));
  log_info("fit: latency error ", latency->correction().residual, " (leave one out)");
  return latency_quality(*latency, measured);
}

}  // namespace

std::vector<std::string> run_fit(const Session& s, RunDir& run, const std::string&) {
  std::vector<std::string> files = {"fit/quality.yaml"};
  std::string quality;
  if (!s.published.accuracy) {
    quality += fit_accuracy(s, run);
    files.insert(files.end(), {"fit/accuracy.safetensors", "fit/predictions.csv"});
  }
  if (s.profile.device && !s.published.latency) {
    quality += fit_latency(s, run);
    files.push_back("fit/latency.yaml");
  }
  write_file(run.file("fit/quality.yaml"), quality);
  return files;
}

}  // namespace tailor::tools
