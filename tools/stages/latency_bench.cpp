// Predicted and measured side by side.
#include "tools/stages/latency_bench.h"

#include <iomanip>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "core/error.h"
#include "core/file.h"
#include "core/rounded.h"
#include "tools/stages/estimators.h"
#include "tools/stages/measured_networks.h"

namespace tailor::tools {
namespace {

std::string percent(double fraction) {
  std::ostringstream out;
  out << std::fixed << std::setprecision(1) << 100 * fraction << " %";
  return out.str();
}

}  // namespace

std::vector<Arch> draw_unseen(const Session& s, const RunDir& run, int64_t count, const Rng& rng) {
  constexpr int64_t kDrawsPerArch = 1000;
  std::set<Arch> seen;
  for (const hw::TimedArch& network : read_networks(*s.space, run.file("profile/networks.csv"))) {
    seen.insert(network.arch);
  }
  Rng stream = rng.fork("bench latency");
  std::vector<Arch> out;
  for (int64_t i = 0; i < count * kDrawsPerArch; ++i) {
    if (static_cast<int64_t>(out.size()) == count) return out;
    const Arch arch = s.space->sample_choices(stream);
    if (seen.insert(arch).second) out.push_back(arch);
  }
  throw ConfigError(str("bench latency: the space has no ", count,
                        " archs that the fit has not seen; ask for fewer with --archs"));
}

LatencyBench bench_latency(const Session& s, const RunDir& run, std::vector<Arch> archs) {
  const Estimators estimators(s, run);
  LatencyBench out;
  out.archs = std::move(archs);
  for (const Arch& arch : out.archs) {
    out.predicted_ms.push_back(estimate_one(*estimators.latency, arch));
  }
  out.measured =
      hw::measure_archs(*s.space, *s.profile.device, out.archs, s.profile.measure, estimators.table,
                        anchors_of(read_networks(*s.space, run.file("profile/networks.csv"))));
  std::vector<double> truth;
  double agreeing = 0;
  for (size_t i = 0; i < out.archs.size(); ++i) {
    truth.push_back(out.measured.measurements[i].median_ms);
    agreeing += hw::Halves(out.measured.rounds_ms[i]).difference() <= 0.1 ? 1 : 0;
  }
  if (out.archs.size() > 1) out.quality = predict::quality(out.predicted_ms, truth);
  out.repeats_within_10pct = agreeing / static_cast<double>(out.archs.size());
  return out;
}

std::string LatencyBench::csv(const SearchSpace& space) const {
  Csv csv;
  csv.header = {"arch", "predicted_ms", "measured_ms", "spread", "first_half_ms", "second_half_ms"};
  for (size_t i = 0; i < archs.size(); ++i) {
    const hw::Measurement& m = measured.measurements[i];
    const hw::Halves halves(measured.rounds_ms[i]);
    csv.rows.push_back({space.print(archs[i]), number(predicted_ms[i]), number(m.median_ms),
                        number(m.spread), number(halves.first), number(halves.second)});
  }
  return csv.text();
}

std::string LatencyBench::json(const hw::DeviceInfo& device, const SearchSpace* space) const {
  nlohmann::ordered_json out = {{"device", device.device},
                                {"runtime", device.runtime},
                                {"version", device.version},
                                {"precision", device.precision},
                                {"batch", device.batch},
                                {"threads", device.threads},
                                {"n", archs.size()},
                                {"mape", quality.mape},
                                {"within_10pct", quality.within_10pct},
                                {"spearman", quality.spearman},
                                {"kendall_tau", quality.kendall_tau},
                                {"floor", measured.floor},
                                {"repeats_within_10pct", repeats_within_10pct}};
  for (size_t i = 0; space && i < archs.size(); ++i) {
    out["archs"].push_back({{"arch", space->print(archs[i])},
                            {"predicted_ms", predicted_ms[i]},
                            {"measured_ms", measured.measurements[i].median_ms},
                            {"spread", measured.measurements[i].spread}});
  }
  return out.dump(2) + "\n";
}

std::string LatencyBench::text(const hw::DeviceInfo& device) const {
  return str(device.runtime, " ", device.version, ", ", device.threads, " thread(s), batch ",
             device.batch, ", ", device.device, "\n", quality.count,
             " networks that took no part in the fit: mean error ", percent(quality.mape),
             ", within 10 % for ", percent(quality.within_10pct), ", Spearman ",
             rounded(quality.spearman, 4), "\nthe same networks measured again: median difference ",
             percent(measured.floor), " (the floor), within 10 % for ",
             percent(repeats_within_10pct), "\n");
}

}  // namespace tailor::tools
