#include "search/sweep.h"

#include <atomic>

#include "core/error.h"
#include "core/file.h"
#include "core/log.h"
#include "search/driver.h"
#include "search/result_io.h"
#include "tests/support/error_text.h"
#include "tests/support/temp_dir.h"
#include "tests/support/toy_estimators.h"

#include "tests/support/catch.h"

namespace tailor::search {
namespace {

using test::error_text;
using test::TempDir;
using test::ToySpace;

struct Setting {
  ToySpace space{2};
  FunctionEstimator accuracy = test::toy_accuracy(space);
  FunctionEstimator latency = test::toy_latency(space);
  FunctionEstimator macs = test::toy_macs(space);
  mutable std::atomic<int> calls = 0;
  mutable int fail_at = -1;
  FunctionEstimator counted{"accuracy", [this](const Arch& arch) {
                              if (++calls == fail_at) throw Error("power cut");
                              return estimate_one(accuracy, arch);
                            }};
  Problem problem{.space = space,
                  .objective = &counted,
                  .constraints = {{{"macs", 4e5, ""}, &macs}, {{"latency_ms", 1, ""}, &latency}}};
  Sweep sweep{.constraint = 1, .limits = {6, 8, 10, 12, 14}};

  Setting() {
    set_log_sink([](LogLevel, const std::string&) {});
  }
  ~Setting() { set_log_sink({}); }

  SearchResult run(const DriverOptions& options, const std::string& strategy = "evolution") const {
    DriverOptions all = options;
    all.sweep = sweep;
    return run_search(
        problem, choose_strategy(ConfigNode::parse("{name: " + strategy + "}", "s.yaml")), all);
  }
  std::string files(const DriverOptions& options) const {
    const TempDir dir;
    write_result(run(options), space, dir.path());
    std::string out;
    for (const char* name : {"result.yaml", "front.csv", "history.csv", "sweep.csv"}) {
      out += read_file(dir.file(name));
    }
    return out;
  }
};

TEST_CASE("sweep: each limit's best keeps it, and a wider limit is never worse") {
  const Setting s;
  const SearchResult r = s.run({.seed = 1, .evaluations = 1000});
  CHECK(s.calls == 1000);
  CHECK(r.evaluations == 1000);
  REQUIRE(r.by_limit.size() == 5);
  for (size_t k = 0; k < 5; ++k) {
    const LimitBest& each = r.by_limit[k];
    CHECK(each.limit.limit == s.sweep.limits[k]);
    CHECK(each.best.values[2] <= s.sweep.limits[k]);
    CHECK(each.best.values[1] <= 4e5);
    CHECK(each.best.values[0] == estimate_one(s.accuracy, each.best.arch));
    CHECK(each.best.values[2] == estimate_one(s.latency, each.best.arch));
    if (k > 0) CHECK(each.best.values[0] >= r.by_limit[k - 1].best.values[0]);
  }
  CHECK(r.by_limit[0].best.values[0] < r.by_limit[4].best.values[0]);
  CHECK(r.best.arch == r.by_limit[4].best.arch);
  CHECK(r.constraints[1].limit.limit == 14);
  CHECK(r.history.back().evaluations == 1000);
  for (size_t i = 1; i < r.history.size(); ++i) CHECK(r.history[i].best >= r.history[i - 1].best);
}

TEST_CASE("sweep: a share of the budget finds what a search of its own with all of it finds") {
  const Setting s;
  const SearchResult r = s.run({.seed = 2, .evaluations = 4000});
  for (const LimitBest& each : r.by_limit) {
    Problem problem = s.problem;
    problem.constraints[1].limit = each.limit;
    const SearchResult alone = run_search(problem, choose_strategy(ConfigNode::empty("s")),
                                          {.seed = 2, .evaluations = 800});
    CHECK(each.best.values[0] >= alone.best.values[0] - 0.001);
  }
}

TEST_CASE("sweep: threads change nothing, and a search that was cut off goes on to the same end") {
  const Setting s;
  const DriverOptions options{.seed = 7, .evaluations = 900, .batch = 30, .threads = 1};
  const std::string whole = s.files(options);
  for (const int fail_at : {5, 170, 200, 555, 890}) {
    INFO("cut off at " << fail_at);
    const TempDir dir;
    DriverOptions cut = options;
    cut.threads = 2, cut.snapshot = dir.file("snap"), cut.snapshot_seconds = 0;
    s.calls = 0, s.fail_at = fail_at;
    CHECK_THROWS_AS(s.files(cut), Error);
    s.fail_at = -1;
    CHECK(s.files(cut) == whole);
    CHECK_FALSE(file_exists(cut.snapshot));
  }
}

TEST_CASE("sweep: a snapshot of other limits is refused, an impossible limit names the smallest") {
  Setting s;
  const TempDir dir;
  DriverOptions options{
      .seed = 7, .evaluations = 900, .snapshot = dir.file("snap"), .snapshot_seconds = 0};
  s.fail_at = 500;
  CHECK_THROWS_AS(s.run(options), Error);
  s.sweep.limits = {6, 8, 10, 12, 15};
  CHECK(error_text<IoError>([&] { s.run(options); }).find("is of another search") !=
        std::string::npos);
  s.sweep.limits = {0.25, 8};
  CHECK(error_text<InfeasibleError>([&] {
          s.run({.seed = 7, .evaluations = 900});
        }).find("latency_ms <= 0.25") != std::string::npos);
  s.sweep.limits = {8, 6};
  CHECK_THROWS_AS(s.run({.seed = 7, .evaluations = 900}), Error);
}

}  // namespace
}  // namespace tailor::search
