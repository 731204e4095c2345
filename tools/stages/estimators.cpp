// Loading estimators and binding limits to them.
#include "tools/stages/estimators.h"

#include <algorithm>

#include "core/error.h"
#include "core/file.h"
#include "tools/stages/whole_latency.h"

namespace tailor::tools {
namespace {

/// From the run's table, with the rungs that the config allows.
std::unique_ptr<predict::LatencyLut> profiled_latency(const Session& s, const RunDir& run) {
  auto out = std::make_unique<predict::LatencyLut>(
      *s.space, s.profile.device->workload(),
      hw::ProfileDb(hw::LatencyTable::load(run.file("profile/lut.yaml")),
                    hw::Ladder::open(s.profile.ladder)));
  out->set_correction(predict::LatencyCorrection::load(run.file("fit/latency.yaml")));
  return out;
}

/// Of a device that is known by its datasheet alone.
std::unique_ptr<predict::LatencyLut> datasheet_latency(const Session& s) {
  hw::Ladder ladder = hw::Ladder::open(s.profile.ladder);
  hw::LatencyTable empty = hw::datasheet_table(*ladder.datasheet, s.profile.analytic,
                                               s.profile.analytic_threads, s.space->name());
  return std::make_unique<predict::LatencyLut>(*s.space, s.profile.analytic,
                                               hw::ProfileDb(std::move(empty), std::move(ladder)));
}

}  // namespace

Estimators::Estimators(const Session& s, const RunDir& run)
    : accuracy(s.published.accuracy.get()),
      latency(s.published.latency.get()),
      macs(*s.space, "macs"),
      params(*s.space, "params"),
      memory(*s.space, "memory_bytes") {
  if (s.gradient && file_exists(run.file(kLearnedFile))) {
    own_learned_ =
        predict::LearnedChoices::load(*s.space, run.file(kLearnedFile)).estimator(*s.space);
    learned = own_learned_.get();
  }
  if (s.fits_accuracy()) {
    own_accuracy_ = predict::load_predictor(run.file("fit/accuracy.safetensors"), *s.space);
    accuracy = own_accuracy_.get();
  }
  if (latency) return;
  if (s.profile.whole) {
    whole_latency_ = load_whole_latency(s, run.file(kWholeLatencyFile));
    latency = whole_latency_.get();
    return;
  }
  own_latency_ = s.analytic_latency() ? datasheet_latency(s) : profiled_latency(s, run);
  if (!s.analytic_latency()) table = &own_latency_->table();
  latency = lut = own_latency_.get();
}

const Estimator* Estimators::find(const std::string& metric) const {
  if (metric == "accuracy") return accuracy;
  if (metric == "latency_ms") return latency;
  if (metric == predict::LearnedChoices::kMetric) return learned;
  if (metric == "macs") return &macs;
  if (metric == "params") return &params;
  if (metric == "memory_bytes") return &memory;
  return nullptr;
}

std::vector<std::string> Estimators::metrics() {
  return {"accuracy", "latency_ms",   predict::LearnedChoices::kMetric,
          "macs",     "memory_bytes", "params"};
}

namespace {

void check_metric(const ConfigNode& node, const std::string& key, const std::string& metric) {
  const std::vector<std::string> known = Estimators::metrics();
  if (std::find(known.begin(), known.end(), metric) != known.end()) return;
  throw UnknownNameError(node.where(key) + unknown_name_text("metric", metric, known));
}

}  // namespace

void check_metrics(const search::SearchSection& search, const std::string& profile) {
  check_metric(search.node, "objective", search.objective);
  const ConfigNode limits = search.node.child("limits");
  for (const search::Limit& limit : search.limits) {
    check_metric(limits, limit.metric, limit.metric);
    if (limit.device.empty() || limit.device == profile) continue;
    limits.fail(limit.metric,
                str("no profile '", limit.device, "'; this run profiles '", profile, "'"));
  }
}

std::vector<search::Constraint> bind_limits(const Session& s, const Estimators& estimators) {
  std::vector<search::Constraint> out;
  for (search::Limit limit : s.search.limits) {
    const Estimator* estimator = estimators.find(limit.metric);
    if (limit.of_largest > 0) {
      limit.limit = limit.of_largest * estimate_one(*estimator, s.space->largest());
    }
    out.push_back({limit, estimator});
  }
  return out;
}

}  // namespace tailor::tools
