// What every search strategy promises, whatever it is.
#include <atomic>
#include <set>

#include "core/file.h"
#include "core/log.h"
#include "search/driver.h"
#include "search/exact_search.h"
#include "search/result_io.h"
#include "search/scorer.h"
#include "supernet/space/coupling.h"
#include "tests/support/temp_dir.h"
#include "tests/support/toy_estimators.h"

#include "tests/support/catch.h"

namespace tailor::search {
namespace {

using test::TempDir;
using test::ToySpace;

/// Two expansions, and a kernel that follows from the depth.
Restriction coupled(const ToySpace& space) {
  Restriction only = space.restrict({{"e", {2, 6}}});
  couple(space, {{{"d", {1, 2, 3}}, {"ks", {7, 3, 5}}}}, only);
  return only;
}

struct Setting {
  ToySpace space{2};
  FunctionEstimator accuracy = test::toy_accuracy(space);
  FunctionEstimator latency = test::toy_latency(space);
  FunctionEstimator macs = test::toy_macs(space);
  Problem problem{
      .space = space,
      .only = coupled(space),
      .objective = &accuracy,
      .constraints = {{{"latency_ms", 14, "pixel"}, &latency}, {{"macs", 3e5, ""}, &macs}}};
  Scorer scorer{problem};
  std::string name;

  explicit Setting(std::string strategy) : name(std::move(strategy)) {
    set_log_sink([](LogLevel, const std::string&) {});
  }
  ~Setting() { set_log_sink({}); }

  StrategyChoice choice() const {
    return choose_strategy(ConfigNode::parse("{name: " + name + "}", "s.yaml"));
  }
  std::unique_ptr<Strategy> make(int64_t seed) const {
    return choice().make({&space, problem.restriction(), &scorer, seed});
  }
  std::string files(const DriverOptions& options) const {
    const TempDir dir;
    write_result(run_search(problem, choice(), options), space, dir.path());
    return read_file(dir.file("result.yaml")) + read_file(dir.file("front.csv")) +
           read_file(dir.file("history.csv"));
  }
  /// One generation; returns what was asked.
  std::vector<Arch> step(Strategy& strategy, size_t n) const {
    const std::vector<Arch> archs = strategy.ask(n);
    const std::vector<double> values = scorer.values(accuracy, archs);
    std::vector<Evaluated> told;
    for (size_t i = 0; i < archs.size(); ++i) told.push_back({archs[i], values[i], 0});
    strategy.tell(told);
    return archs;
  }
};

template <class Body>
void for_each_strategy(const Body& body) {
  for (const std::string& name : builtin_strategies().names()) {
    if (name == kExactStrategy) continue;  // is never asked; exact_search_test.cpp has its promises
    INFO("strategy " << name);
    body(Setting(name));
  }
}

TEST_CASE("strategy: the same seed gives the same front, another seed another search") {
  for_each_strategy([](const Setting& s) {
    const std::string once = s.files({.seed = 3, .evaluations = 400});
    CHECK(s.files({.seed = 3, .evaluations = 400}) == once);
    CHECK(s.files({.seed = 4, .evaluations = 400}) != once);
  });
}

TEST_CASE("strategy: archs keep limits and restriction, and none comes twice") {
  for_each_strategy([](const Setting& s) {
    auto strategy = s.make(5);
    std::set<Arch> seen;
    for (int generation = 0; generation < 8; ++generation) {
      const std::vector<Arch> archs = s.step(*strategy, 40);
      CHECK(archs.size() <= 40);
      // What it was published with does not look for more where a generation repeats itself.
      CHECK(archs.size() >= (s.name == "ofa_evolution" ? 1 : 20));
      std::vector<double> violations(archs.size());
      s.scorer.violations(archs, violations);
      for (size_t i = 0; i < archs.size(); ++i) {
        CHECK(violations[i] == 0);
        CHECK(s.space.allows(*s.problem.only, archs[i]));
        CHECK(seen.insert(archs[i]).second);
      }
    }
  });
}

TEST_CASE("strategy: a saved and loaded strategy goes on as if nothing had happened") {
  for_each_strategy([](const Setting& s) {
    auto strategy = s.make(5);
    for (int stop = 0; stop < 6; ++stop) {
      auto other = s.make(5);
      other->load(strategy->save());
      CHECK(other->save() == strategy->save());
      CHECK(other->ask(30) == s.step(*strategy, 30));
    }
  });
}

TEST_CASE("strategy: an interrupted search ends like one that was not") {
  for_each_strategy([](Setting s) {
    const std::string whole = s.files({.seed = 9, .evaluations = 400, .batch = 30});
    const TempDir dir;
    DriverOptions options{.seed = 9,
                          .evaluations = 400,
                          .batch = 30,
                          .threads = 2,
                          .snapshot = dir.file("snap"),
                          .snapshot_seconds = 0};
    std::atomic<int> left = 200;
    const FunctionEstimator failing("accuracy", [&](const Arch& arch) {
      if (--left == 0) throw Error("power cut");
      std::vector<Estimate> out(1);
      s.accuracy.estimate({&arch, 1}, out);
      return out[0].value;
    });
    s.problem.objective = &failing;
    CHECK_THROWS_AS(s.files(options), Error);
    s.problem.objective = &s.accuracy;
    CHECK(s.files(options) == whole);
  });
}

TEST_CASE("strategy: one thread or four, the same files") {
  for_each_strategy([](const Setting& s) {
    CHECK(s.files({.seed = 2, .evaluations = 400, .threads = 1}) ==
          s.files({.seed = 2, .evaluations = 400, .threads = 4}));
  });
}

TEST_CASE("strategy: every option is documented, with a default") {
  for (const std::string& name : builtin_strategies().names()) {
    INFO("strategy " << name);
    const std::vector<FieldDoc> fields = builtin_strategies().describe(name, {});
    CHECK(fields.size() >= 2);
    for (const FieldDoc& field : fields) {
      INFO(field.path);
      CHECK(field.doc.size() >= 10);
      CHECK_FALSE(field.default_value.empty());
    }
    CHECK_FALSE(builtin_strategies().entries().at(name).doc.empty());
  }
}

}  // namespace
}  // namespace tailor::search
