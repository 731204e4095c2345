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

/// Files of the accuracy predictor; its figures are added to `quality`.
std::vector<std::string> fit_accuracy(const Session& s, const RunDir& run, std::string& quality) {
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
  quality += selection.quality_yaml(s.fit.selection.folds);
  const predict::Quality& q = selection.best().quality;
  log_info("fit: accuracy by ", selection.name, ", Kendall tau ", q.kendall_tau, " (best quartile ",
           q.kendall_tau_top, "), RMSE ", q.rmse);
  return {"fit/accuracy.safetensors", "fit/predictions.csv"};
}

/// File of the latency correction; its figures are added to `quality`.
std::vector<std::string> fit_latency(const Session& s, const RunDir& run, std::string& quality) {
  predict::LatencyLut latency(*s.space, s.profile.device->workload(),
                              hw::ProfileDb(hw::LatencyTable::load(run.file("profile/lut.yaml")),
                                            hw::Ladder::open(s.profile.ladder)));
  const MeasuredArchs measured = read_networks(*s.space, run.file("profile/networks.csv"));
  latency.fit(measured.archs, measured.ms);
  latency.correction().save(run.file("fit/latency.yaml"));
  quality += latency_quality(latency, measured);
  log_info("fit: latency error ", latency.correction().residual, " (leave one out)");
  return {"fit/latency.yaml"};
}

}  // namespace

std::vector<std::string> run_fit(const Session& s, RunDir& run, const std::string&) {
  std::vector<std::string> files = {"fit/quality.yaml"};
  std::string quality;
  const auto add = [&](const std::vector<std::string>& more) {
    files.insert(files.end(), more.begin(), more.end());
  };
  if (s.data && !s.published.accuracy) {
    add(fit_accuracy(s, run, quality));
  } else {
    quality = "format_version: 1\n";
  }
  if (s.profile.device) add(fit_latency(s, run, quality));
  write_file(run.file("fit/quality.yaml"), quality);
  return files;
}

}  // namespace tailor::tools
