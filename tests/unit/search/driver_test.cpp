#include "search/driver.h"

#include <atomic>
#include <filesystem>
#include <set>

#include "core/error.h"
#include "core/file.h"
#include "core/interrupt.h"
#include "core/log.h"
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

/// A problem whose objective counts its calls, and may fail or ask for a stop at one of them.
struct Setting {
  ToySpace space{2};
  FunctionEstimator plain = test::toy_accuracy(space);
  FunctionEstimator latency = test::toy_latency(space);
  FunctionEstimator macs = test::toy_macs(space);
  mutable std::atomic<int> calls = 0;
  int fail_at = -1, stop_at = -1;
  FunctionEstimator counted{"accuracy", [this](const Arch& arch) {
                              const int call = ++calls;
                              if (call == fail_at) throw Error("power cut");
                              if (call == stop_at) set_interrupted(true);
                              std::vector<Estimate> out(1);
                              plain.estimate({&arch, 1}, out);
                              return out[0].value;
                            }};
  Problem problem{.space = space,
                  .objective = &counted,
                  .constraints = {{{"latency_ms", 15, "pixel"}, &latency}},
                  .reported = {&macs}};
  StrategyChoice strategy = choose_strategy(ConfigNode::empty("s"));

  Setting() {
    set_log_sink([](LogLevel, const std::string&) {});
  }
  ~Setting() {
    set_interrupted(false);
    set_log_sink({});
  }

  SearchResult run(const DriverOptions& options) const {
    return run_search(problem, strategy, options);
  }
};

/// The files that must not differ, as one text.
std::string files(const SearchResult& result, const SearchSpace& space) {
  const TempDir dir;
  write_result(result, space, dir.path());
  return read_file(dir.file("result.yaml")) + read_file(dir.file("front.csv")) +
         read_file(dir.file("history.csv"));
}

TEST_CASE("the budget counts calls of the objective, one per distinct arch") {
  const Setting s;
  const SearchResult r = s.run({.seed = 1, .evaluations = 337, .batch = 50});
  CHECK(s.calls == 337);
  CHECK(r.evaluations == 337);
  CHECK(r.stopped == "evaluations");
  CHECK(r.history.back().evaluations == 337);
  CHECK(r.threads >= 1);
}

TEST_CASE("results keep the limits, the best is on the front, and metrics agree with estimators") {
  const Setting s;
  const SearchResult r = s.run({.seed = 1, .evaluations = 500});
  CHECK(r.metrics == std::vector<std::string>{"accuracy", "latency_ms", "macs"});
  REQUIRE_FALSE(r.front.empty());
  CHECK(r.front.front().arch == r.best.arch);
  for (const Scored& scored : r.front) {
    std::vector<Estimate> a(1), l(1), m(1);
    s.plain.estimate({&scored.arch, 1}, a);
    s.latency.estimate({&scored.arch, 1}, l);
    s.macs.estimate({&scored.arch, 1}, m);
    CHECK(l[0].value <= 15);
    CHECK(scored.values == std::vector<double>{a[0].value, l[0].value, m[0].value});
  }
  for (size_t i = 1; i < r.front.size(); ++i) {
    CHECK(r.front[i].values[0] < r.front[i - 1].values[0]);
    CHECK(r.front[i].values[1] < r.front[i - 1].values[1]);
  }
  REQUIRE(r.constraints.size() == 1);
  CHECK(r.constraints[0].satisfied);
  CHECK(r.constraints[0].value == r.best.values[1]);
}

TEST_CASE("archs that break a limit are never scored") {
  Setting s;
  s.problem.constraints[0].limit.limit = 6;
  std::atomic<int> broken = 0;
  const FunctionEstimator watching("accuracy", [&](const Arch& arch) {
    std::vector<Estimate> out(1);
    s.latency.estimate({&arch, 1}, out);
    broken += out[0].value > 6;
    return out[0].value;
  });
  s.problem.objective = &watching;
  s.run({.seed = 3, .evaluations = 400});
  CHECK(broken == 0);
}

TEST_CASE("any number of threads gives the same files") {
  const Setting s;
  const std::string one = files(s.run({.seed = 5, .evaluations = 700, .threads = 1}), s.space);
  for (int threads : {2, 4, 8}) {
    CHECK(files(s.run({.seed = 5, .evaluations = 700, .threads = threads}), s.space) == one);
  }
  CHECK(files(s.run({.seed = 6, .evaluations = 700}), s.space) != one);
}

TEST_CASE("an estimator whose rounding depends on its batch gives the same for any threads too") {
  class Batched : public Estimator {
   public:
    explicit Batched(const Estimator& inner) : inner_(inner) {}
    std::string metric() const override { return "accuracy"; }
    void estimate(std::span<const Arch> archs, std::span<Estimate> out) const override {
      inner_.estimate(archs, out);
      for (size_t i = 0; i < out.size(); ++i) {
        out[i].value += 1e-3 * static_cast<double>(archs.size() + i);
      }
    }

   private:
    const Estimator& inner_;
  };
  Setting s;
  const Batched batched(s.plain);
  s.problem.objective = &batched;
  DriverOptions options{.seed = 5, .evaluations = 900, .batch = 300, .threads = 1};
  const std::string one = files(s.run(options), s.space);
  options.threads = 3;
  CHECK(files(s.run(options), s.space) == one);
}

TEST_CASE("a search that died goes on from its snapshot to the same result") {
  const Setting whole;
  const std::string expected = files(whole.run({.seed = 7, .evaluations = 600}), whole.space);
  for (int at : {2, 150, 333, 599}) {
    INFO("dies at call " << at);
    const TempDir dir;
    const DriverOptions options{.seed = 7,
                                .evaluations = 600,
                                .threads = 2,
                                .snapshot = dir.file("snap"),
                                .snapshot_seconds = 0};
    Setting s;
    s.fail_at = at;
    CHECK_THROWS_AS(s.run(options), Error);
    s.fail_at = -1;
    s.calls = 0;
    CHECK(files(s.run(options), s.space) == expected);
    if (at > 150) CHECK(s.calls < 600 - at + 200);  // nothing is scored again but a generation
    CHECK_FALSE(std::filesystem::exists(options.snapshot));
  }
}

TEST_CASE("an interrupt saves a snapshot before it ends the search") {
  const TempDir dir;
  const DriverOptions options{
      .seed = 7, .evaluations = 600, .snapshot = dir.file("snap"), .snapshot_seconds = 1e9};
  const Setting whole;
  const std::string expected = files(whole.run({.seed = 7, .evaluations = 600}), whole.space);
  Setting s;
  s.stop_at = 250;
  CHECK_THROWS_AS(s.run(options), Interrupted);
  CHECK(file_exists(options.snapshot));
  set_interrupted(false);
  s.stop_at = -1;
  s.calls = 0;
  CHECK(files(s.run(options), s.space) == expected);
  CHECK(s.calls < 400);
}

TEST_CASE("a snapshot of another search is refused") {
  const TempDir dir;
  DriverOptions options{.seed = 7, .evaluations = 600, .snapshot = dir.file("snap")};
  Setting s;
  s.stop_at = 250;
  CHECK_THROWS_AS(s.run(options), Interrupted);
  set_interrupted(false);
  const std::string refusal = dir.file("snap") +
                              ": is of another search (space, limits, seed or strategy differ); "
                              "remove the file to begin anew";
  Setting other;
  other.problem.constraints[0].limit.limit = 14;
  CHECK(error_text<IoError>([&] { other.run(options); }) == refusal);
  Setting options_differ;
  options_differ.strategy = choose_strategy(ConfigNode::parse("{population: 50}", "s"));
  CHECK(error_text<IoError>([&] { options_differ.run(options); }) == refusal);
  options.seed = 8;
  CHECK(error_text<IoError>([&] { s.run(options); }) == refusal);
}

TEST_CASE("a longer budget goes on where a shorter one was interrupted") {
  const TempDir dir;
  DriverOptions options{.seed = 7, .evaluations = 400, .snapshot = dir.file("snap")};
  Setting s;
  s.stop_at = 250;
  CHECK_THROWS_AS(s.run(options), Interrupted);
  set_interrupted(false);
  options.evaluations = 600;
  CHECK(s.run(options).evaluations == 600);
}

TEST_CASE("stagnation, seconds and an exhausted space end a search") {
  Setting s;
  const SearchResult stale = s.run({.seed = 1, .evaluations = 100000, .stagnation = 300});
  CHECK(stale.stopped == "stagnation");
  CHECK(stale.evaluations < 20000);
  int64_t improved = 0;  // evaluations after the generation that found the best
  for (const HistoryRow& row : stale.history) {
    if (improved == 0 && row.best == stale.best.values[0]) improved = row.evaluations;
  }
  CHECK(improved > 100);
  CHECK(stale.evaluations >= improved + 200);
  CHECK(stale.evaluations <= improved + 400);
  const SearchResult timed = s.run({.seed = 1, .evaluations = 100000000, .seconds = 0.05});
  CHECK(timed.stopped == "seconds");
  CHECK(timed.seconds >= 0.05);
  s.problem.only = s.space.restrict({{"d", {1}}, {"r", {16}}, {"ks", {3, 5}}, {"e", {2}}});
  const SearchResult small = s.run({.seed = 1, .evaluations = 1000});
  CHECK(small.stopped == "nothing new");
  CHECK(small.evaluations == 4);
}

TEST_CASE("an impossible limit is refused before anything is scored") {
  Setting s;
  s.problem.constraints[0].limit.limit = 1;
  CHECK(error_text<InfeasibleError>([&] { s.run({.evaluations = 100}); }) ==
        "no subnet of 'toy' has latency_ms <= 1 on 'pixel': smallest seen 1.908 ms in 10000 tries; "
        "raise the limit or lower resolution");
  CHECK(s.calls == 0);
}

TEST_CASE("with a limit that one arch in thousands meets, there still is a best") {
  Setting s;
  s.problem.constraints[0].limit.limit = 2;  // the smallest arch has 1.908
  s.strategy = choose_strategy(ConfigNode::parse("{name: random, tries: 2}", "s"));
  const SearchResult r = s.run({.evaluations = 100});
  CHECK(r.constraints[0].satisfied);
  CHECK(r.evaluations >= 1);
}

TEST_CASE("a restriction holds for everything that is scored") {
  Setting s;
  s.problem.only = s.space.restrict({{"r", {20}}, {"ks", {3, 7}}});
  const SearchResult r = s.run({.seed = 2, .evaluations = 300});
  for (const Scored& scored : r.front) CHECK(s.space.allows(*s.problem.only, scored.arch));
}

TEST_CASE("a strategy that leaves the restriction or gives too much is found out") {
  struct Rogue : Strategy {
    std::vector<Arch> archs;
    std::vector<Arch> ask(size_t) override { return archs; }
    void tell(std::span<const Evaluated>) override {}
    std::string save() const override { return ""; }
    void load(const std::string&) override {}
  };
  Setting s;
  s.problem.only = s.space.restrict({{"r", {16}}});
  std::vector<Arch> archs = {s.space.largest()};
  s.strategy.make = [&](const StrategyContext&) {
    auto out = std::make_unique<Rogue>();
    out->archs = archs;
    return out;
  };
  const auto text = [&] { return error_text<Error>([&] { s.run({.batch = 2}); }); };
  CHECK(text().find("left the restriction") != std::string::npos);
  archs = {3, s.space.smallest()};
  CHECK(text().find("gave more archs than asked for") != std::string::npos);
}

TEST_CASE("infeasible and repeated archs are told, and cost nothing") {
  struct Stubborn : Strategy {
    std::vector<Arch> archs;
    std::vector<Evaluated>* log = nullptr;
    std::vector<Arch> ask(size_t) override { return archs; }
    void tell(std::span<const Evaluated> told) override { log->assign(told.begin(), told.end()); }
    std::string save() const override { return ""; }
    void load(const std::string&) override {}
  };
  Setting s;
  std::vector<Evaluated> told;
  s.strategy.make = [&](const StrategyContext&) {
    auto out = std::make_unique<Stubborn>();
    out->archs = {s.space.largest(), s.space.smallest(), s.space.smallest()};
    out->log = &told;
    return out;
  };
  const SearchResult r = s.run({.evaluations = 100});
  CHECK(r.stopped == "nothing new");
  CHECK(s.calls == 1);
  REQUIRE(told.size() == 3);
  CHECK(std::isnan(told[0].objective));
  CHECK(told[0].violation > 0);
  CHECK(told[1].objective == told[2].objective);
  CHECK(r.history.back().infeasible == 1);
}

}  // namespace
}  // namespace tailor::search
