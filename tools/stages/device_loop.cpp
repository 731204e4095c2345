// Rows of measured networks, and the device that makes them.
#include "tools/stages/device_loop.h"

#include "core/error.h"
#include "core/file.h"
#include "tools/stages/measured_networks.h"

namespace tailor::tools {
namespace {

using search::MeasuredArch;

std::string csv_of(const SearchSpace& space, std::span<const MeasuredArch> rows) {
  Csv csv;
  csv.header = {"round", "arch", "predicted_ms", "measured_ms", "spread", "note"};
  for (const MeasuredArch& row : rows) {
    csv.rows.push_back({str(row.round), space.print(row.arch), number(row.predicted_ms),
                        number(row.measured_ms), number(row.spread), row.note});
  }
  return csv.text();
}

double number_of(const Csv& csv, const std::string& text) {
  double value = 0;
  if (!parse_number(text, value)) throw IoError(str(csv.name, ": '", text, "' is no number"));
  return value;
}

std::vector<MeasuredArch> read_rows(const SearchSpace& space, const std::string& path) {
  std::vector<MeasuredArch> out;
  if (!file_exists(path)) return out;
  const Csv csv = Csv::load(path);
  const size_t round = csv.column("round"), arch = csv.column("arch"),
               predicted = csv.column("predicted_ms"), measured = csv.column("measured_ms"),
               spread = csv.column("spread");
  for (const auto& row : csv.rows) {
    MeasuredArch& to = out.emplace_back();
    to.round = static_cast<int64_t>(number_of(csv, row[round]));
    to.arch = space.parse(row[arch]);
    to.predicted_ms = number_of(csv, row[predicted]);
    to.measured_ms = number_of(csv, row[measured]);
    to.spread = number_of(csv, row[spread]);
  }
  return out;
}

/// What an earlier run measured before it was cut off, else what the profile measured: round 0.
std::vector<MeasuredArch> known_rows(const SearchSpace& space, const Estimator& latency,
                                     const std::vector<hw::TimedArch>& profiled,
                                     const std::string& path) {
  std::vector<MeasuredArch> out = read_rows(space, path);
  if (!out.empty()) return out;
  for (const hw::TimedArch& network : profiled) {
    MeasuredArch& row = out.emplace_back();
    row.arch = network.arch;
    row.predicted_ms = estimate_one(latency, network.arch);
    row.measured_ms = network.ms;
    row.spread = network.spread;
  }
  return out;
}

bool limits_latency(const search::Problem& problem, const Estimator* latency) {
  for (const search::Constraint& each : problem.constraints) {
    if (each.estimator == latency) return true;
  }
  return false;
}

}  // namespace

search::SearchResult search_on_device(const Session& s, const RunDir& run,
                                      const Estimators& estimators, const search::Problem& problem,
                                      const search::DriverOptions& options) {
  if (!s.profile.device) {
    s.search.node.fail("device_loop", "needs a measured device, `profile.device`");
  }
  if (!limits_latency(problem, estimators.latency)) {
    s.search.node.fail("device_loop", "needs a limit on latency_ms, `search.limits`");
  }
  const std::string path = run.file(kMeasuredFile);
  const std::vector<hw::TimedArch> profiled =
      read_networks(*s.space, run.file("profile/networks.csv"));
  const std::vector<hw::TimedArch> anchors = anchors_of(profiled);
  const search::MeasureArchs measure = [&](std::span<MeasuredArch> rows) {
    std::vector<Arch> archs;
    for (const MeasuredArch& row : rows) archs.push_back(row.arch);
    const hw::Interleaved measured = hw::measure_archs(
        *s.space, *s.profile.device, archs, s.profile.measure, estimators.table, anchors);
    for (size_t i = 0; i < rows.size(); ++i) {
      rows[i].measured_ms = measured.measurements[i].median_ms;
      rows[i].spread = measured.measurements[i].spread;
    }
  };
  search::DriverOptions each = options;
  each.snapshot = "";  // one search is quick; what was measured is what must not be lost
  return search::search_within_limit(
             problem, *estimators.latency, s.search.strategy, each, s.search.device_loop, measure,
             known_rows(*s.space, *estimators.latency, profiled, path),
             [&](std::span<const MeasuredArch> rows) { write_file(path, csv_of(*s.space, rows)); })
      .result;
}

}  // namespace tailor::tools
