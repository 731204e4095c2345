// Stage fit: the accuracy predictor (chosen by cross-validation) and the latency correction.

#include "core/error.h"
#include "core/file.h"
#include "core/log.h"
#include "core/rounded.h"
#include "predictors/accuracy_table.h"
#include "predictors/axis_shares.h"
#include "predictors/latency_lut.h"
#include "predictors/selection.h"
#include "supernet/space/cost.h"
#include "tools/stages/estimators.h"
#include "tools/stages/measured_networks.h"
#include "tools/stages/stage.h"
#include "tools/stages/whole_latency.h"

namespace tailor::tools {
namespace {

constexpr int64_t kShareArchs = 2000;

std::string latency_quality(const predict::LatencyLut& latency, std::span<const Arch> archs,
                            std::span<const double> measured_ms) {
  std::vector<double> predicted;
  for (const Arch& arch : archs) predicted.push_back(estimate_one(latency, arch));
  return str("latency:\n  networks: ", archs.size(),
             "\n  correction: ", latency.correction().subset,
             "\n  leave_one_out_error: ", number(latency.correction().residual), "\n",
             predict::quality_yaml(predict::quality(predicted, measured_ms), 2));
}

/// How well the counted memory of activations agrees with what the device tells; "" where it tells
/// none.
std::string memory_quality(const Session& s, std::span<const hw::TimedArch> networks) {
  std::vector<double> counted, measured;
  for (const hw::TimedArch& network : networks) {
    if (!network.activation_bytes) continue;
    const NetworkSpec spec = s.space->lower(network.arch, s.profile.device->workload());
    counted.push_back(static_cast<double>(network_cost(spec).activation_bytes));
    measured.push_back(static_cast<double>(*network.activation_bytes));
  }
  if (measured.size() < 2) return "";
  const predict::Quality quality = predict::quality(counted, measured);
  log_info("fit: memory of activations counted within ", rounded(100 * quality.mape, 1),
           " % of what the device has in use, in the mean of ", measured.size(), " networks");
  return str("activation_bytes:\n  networks: ", measured.size(), "\n",
             predict::quality_yaml(quality, 2));
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

/// File of the predictor of whole networks; its figures are added to `quality`.
std::vector<std::string> fit_whole(const Session& s, const RunDir& run,
                                   std::span<const hw::TimedArch> networks, std::string& quality) {
  const WholeLatencyFit fit = fit_whole_latency(s, networks);
  fit.predictor->save(run.file(kWholeLatencyFile));
  quality += fit.quality_yaml;
  if (s.profile.sources.empty()) return {kWholeLatencyFile};
  Csv csv;
  csv.header = {"arch"};
  for (const Arch& arch : fit.advice.archs) csv.rows.push_back({s.space->print(arch)});
  write_file(run.file("fit/measure_next.csv"), csv.text());
  return {kWholeLatencyFile, "fit/measure_next.csv"};
}

/// File of the latency correction; its figures are added to `quality`.
std::vector<std::string> fit_latency(const Session& s, const RunDir& run,
                                     std::span<const hw::TimedArch> networks,
                                     std::string& quality) {
  predict::LatencyLut latency(*s.space, s.profile.device->workload(),
                              hw::ProfileDb(hw::LatencyTable::load(run.file("profile/lut.yaml")),
                                            hw::Ladder::open(s.profile.ladder)));
  std::vector<Arch> archs;
  std::vector<double> measured_ms;
  for (const hw::TimedArch& network : networks) {
    archs.push_back(network.arch);
    measured_ms.push_back(network.ms);
  }
  latency.fit(archs, measured_ms);
  latency.correction().save(run.file("fit/latency.yaml"));
  quality += latency_quality(latency, archs, measured_ms);
  const std::vector<predict::AxisShare> shares =
      predict::axis_shares(*s.space, latency, kShareArchs, s.rng("axis shares"));
  quality +=
      "  # share of the spread over random archs that each axis group explains\n  depends_on:";
  for (const predict::AxisShare& each : shares) {
    quality += str("\n    ", each.group, ": ", rounded(each.share, 4));
  }
  quality += shares.empty() ? " {}\n" : "\n";
  log_info("fit: latency on this device depends on ", predict::axis_shares_text(shares));
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
  if (s.fits_accuracy()) {
    add(fit_accuracy(s, run, quality));
  } else {
    quality = "format_version: 1\n";
  }
  if (s.profile.device) {
    const std::vector<hw::TimedArch> networks =
        read_networks(*s.space, run.file("profile/networks.csv"));
    add(s.profile.whole ? fit_whole(s, run, networks, quality)
                        : fit_latency(s, run, networks, quality));
    quality += memory_quality(s, networks);
  }
  write_file(run.file("fit/quality.yaml"), quality);
  return files;
}

}  // namespace tailor::tools
