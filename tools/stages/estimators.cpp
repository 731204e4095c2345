// Loading estimators and binding limits to them.
#include "tools/stages/estimators.h"

#include "core/error.h"

namespace tailor::tools {

Estimators::Estimators(const Session& s, const RunDir& run)
    : accuracy(predict::load_predictor(run.file("fit/accuracy.safetensors"), *s.space)),
      latency(std::make_unique<predict::LatencyLut>(
          *s.space, s.profile.device->workload(),
          hw::LatencyTable::load(run.file("profile/lut.yaml")))),
      macs(*s.space, "macs"),
      params(*s.space, "params"),
      memory(*s.space, "memory_bytes") {
  latency->set_correction(predict::LatencyCorrection::load(run.file("fit/latency.yaml")));
}

const Estimator* Estimators::find(const std::string& metric) const {
  if (metric == "accuracy") return accuracy.get();
  if (metric == "latency_ms") return latency.get();
  if (metric == "macs") return &macs;
  if (metric == "params") return &params;
  if (metric == "memory_bytes") return &memory;
  return nullptr;
}

std::vector<std::string> Estimators::metrics() {
  return {"accuracy", "latency_ms", "macs", "memory_bytes", "params"};
}

std::vector<search::Constraint> bind_limits(const Session& s, const Estimators& estimators) {
  std::vector<search::Constraint> out;
  for (search::Limit limit : s.search.limits) {
    const Estimator* estimator = estimators.find(limit.metric);
    if (!estimator) {
      throw UnknownNameError(s.search.node.where("limits") +
                             unknown_name_text("metric", limit.metric, Estimators::metrics()));
    }
    if (!limit.device.empty() && limit.device != s.profile.device->info().runtime) {
      throw ConfigError(str(s.search.node.where("limits"), limit.metric, ": no profile '",
                            limit.device, "'; this run profiles '",
                            s.profile.device->info().runtime, "'"));
    }
    if (limit.of_largest > 0) {
      limit.limit = limit.of_largest * estimate_one(*estimator, s.space->largest());
    }
    out.push_back({limit, estimator});
  }
  return out;
}

}  // namespace tailor::tools
