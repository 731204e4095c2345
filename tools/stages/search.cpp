// Stage search: the best archs under the limits, by the estimators.
#include "core/error.h"
#include "core/log.h"
#include "search/result_io.h"
#include "tools/stages/estimators.h"
#include "tools/stages/stage.h"

namespace tailor::tools {

namespace {

/// Says what the best arch's latency rests on where that is not measurements alone.
void warn_of_inexact_latency(const Estimators& estimators, const Arch& best) {
  if (!estimators.lut) return;
  const predict::LatencySources sources = estimators.lut->sources(best);
  if (sources.worst() == hw::Rung::measured) return;
  log_warning("search: latency of the best arch: ", sources.text(), "; ",
              join(estimators.lut->db().description(), "; "));
}

}  // namespace

std::vector<std::string> run_search_stage(const Session& s, RunDir& run, const std::string&) {
  const Estimators estimators(s, run);
  if (!estimators.find(s.search.objective)) {
    s.search.node.fail("objective", str("nothing estimates ", s.search.objective,
                                        "; `data` gives images to evaluate subnets with, "
                                        "`search.estimators` names published files"));
  }
  search::Problem problem{.space = *s.space,
                          .objective = estimators.find(s.search.objective),
                          .constraints = bind_limits(s, estimators)};
  if (!s.search.fix.empty()) problem.only = s.space->restrict(s.search.fix);
  for (const char* metric : {"latency_ms", "macs", "params"}) {
    problem.reported.push_back(estimators.find(metric));
  }
  search::DriverOptions options = s.search.driver_options();
  options.seed = s.seed;
  options.threads = static_cast<int>(s.threads);
  options.snapshot = run.file("search/snapshot.yaml");
  const search::SearchResult result = search::run_search(problem, s.search.strategy, options);
  warn_of_inexact_latency(estimators, result.best.arch);
  search::write_result(result, *s.space, run.file("search"));
  std::vector<std::string> files;
  for (const std::string& name : search::result_files()) {
    // It differs from run to run; the stages behind would be redone for the same result.
    if (name != "timing.yaml") files.push_back("search/" + name);
  }
  return files;
}

}  // namespace tailor::tools
