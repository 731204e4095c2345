// Stage search: the best archs under the limits, by the estimators.
#include <filesystem>

#include "core/error.h"
#include "core/file.h"
#include "core/log.h"
#include "search/result_io.h"
#include "tools/stages/device_loop.h"
#include "tools/stages/estimators.h"
#include "tools/stages/stage.h"

namespace tailor::tools {

namespace {

constexpr const char* kSourcesFile = "search/latency_sources.csv";

/// Where the latency of the best arch or of one of the front is not measured alone: writes for each
/// how many milliseconds come from which rung of the ladder, and says it of the best. True when it
/// wrote the file.
bool write_latency_sources(const Session& s, const RunDir& run, const Estimators& estimators,
                           const search::SearchResult& result) {
  if (!estimators.lut) return false;
  Csv csv;
  csv.header = {"arch", "measured_ms", "interpolated_ms", "borrowed_ms", "analytic_ms", "share"};
  bool inexact = false;
  const auto add = [&](const Arch& arch) {
    const predict::LatencySources sources = estimators.lut->sources(arch);
    std::vector<std::string> row = {s.space->print(arch)};
    for (const double ms : sources.ms) row.push_back(number(ms));
    row.push_back(number(sources.inexact_share()));
    csv.rows.push_back(std::move(row));
    inexact = inexact || sources.worst() != hw::Rung::measured;
    return sources;
  };
  const predict::LatencySources best = add(result.best.arch);
  for (const search::Scored& scored : result.front) add(scored.arch);
  if (!inexact) {
    std::filesystem::remove(run.file(kSourcesFile));  // of an earlier search in this folder
    return false;
  }
  write_file(run.file(kSourcesFile), csv.text());
  log_warning("search: latency of the best arch: ", best.text(), "; ",
              join(estimators.lut->db().description(), "; "));
  return true;
}

}  // namespace

std::vector<std::string> run_search_stage(const Session& s, RunDir& run, const std::string&) {
  const Estimators estimators(s, run);
  if (!estimators.find(s.search.objective)) {
    s.search.node.fail("objective", str("nothing estimates ", s.search.objective,
                                        "; `data` gives images to evaluate subnets with, "
                                        "`search.estimators` names published files, `gradient` "
                                        "learns log_probability"));
  }
  search::Problem problem{.space = *s.space,
                          .objective = estimators.find(s.search.objective),
                          .constraints = bind_limits(s, estimators)};
  problem.only = s.search_choices();
  for (const char* metric : {"latency_ms", "macs", "params"}) {
    problem.reported.push_back(estimators.find(metric));
  }
  search::DriverOptions options = s.search.driver_options();
  options.seed = s.seed;
  options.threads = static_cast<int>(s.threads);
  options.snapshot = run.file("search/snapshot.yaml");
  const bool on_device = s.search.device_loop.rounds > 0;
  if (on_device && s.search.sweep) {
    s.search.node.fail("device_loop", "takes one limit at a time, `search.limits` has several");
  }
  const search::SearchResult result = on_device
                                          ? search_on_device(s, run, estimators, problem, options)
                                          : search::run_search(problem, s.search.strategy, options);
  const bool inexact = write_latency_sources(s, run, estimators, result);
  search::write_result(result, *s.space, run.file("search"));
  std::vector<std::string> files;
  for (const std::string& name : search::result_files(result)) {
    // It differs from run to run; the stages behind would be redone for the same result.
    if (name != "timing.yaml") files.push_back("search/" + name);
  }
  if (inexact) files.push_back(kSourcesFile);
  if (on_device) files.push_back(kMeasuredFile);
  return files;
}

}  // namespace tailor::tools
