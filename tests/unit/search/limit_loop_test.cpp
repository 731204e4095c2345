// Searches in a loop with a device whose times are not what was predicted.
#include "search/limit_loop.h"

#include <optional>
#include <set>

#include "core/error.h"
#include "core/log.h"
#include "tests/support/catch.h"
#include "tests/support/toy_estimators.h"

namespace tailor::search {
namespace {

/// The device takes `ratio` times the prediction, and more for archs of kernel 7.
struct Setting {
  test::ToySpace space{2};
  FunctionEstimator accuracy = test::toy_accuracy(space);
  FunctionEstimator latency = test::toy_latency(space);
  FunctionEstimator macs = test::toy_macs(space);
  double ratio = 1.2, noise = 0;
  double limit = 15;
  std::optional<Restriction> only = {};
  double macs_limit = 0;  ///< 0: none
  std::string strategy = "";
  int64_t evaluations = 1500;
  int measured = 0;
  Rng rng{5};
  LimitLoopOptions options{.rounds = 6, .candidates = 5, .closest = 0.93};

  Setting() {
    set_log_sink([](LogLevel, const std::string&) {});
  }
  ~Setting() { set_log_sink({}); }

  double truth(const Arch& arch) const {
    double sevens = 0;
    for (const double ks : space.values(arch, "ks")) sevens += ks == 7 ? 1 : 0;
    return ratio * (1 + 0.03 * sevens) * estimate_one(latency, arch);
  }
  MeasureArchs device() {
    return [this](std::span<MeasuredArch> rows) {
      for (MeasuredArch& row : rows) {
        ++measured;
        row.measured_ms = truth(row.arch) * (1 + noise * rng.normal());
        row.spread = noise;
      }
    };
  }
  LimitLoop run(std::vector<MeasuredArch> known = {}) {
    Problem problem{.space = space,
                    .objective = &accuracy,
                    .constraints = {{{"latency_ms", limit, ""}, &latency}}};
    if (macs_limit > 0) problem.constraints.push_back({{"macs", macs_limit, ""}, &macs});
    problem.only = only;
    DriverOptions driver;
    driver.evaluations = evaluations;
    return search_within_limit(problem, latency, choose_strategy(ConfigNode::parse(strategy, "s")),
                               driver, options, device(), std::move(known));
  }
  /// A network that an earlier run measured twice, and found quick.
  std::vector<MeasuredArch> known_quick(const Arch& arch) const {
    const double ms = 0.5 * limit;
    return std::vector<MeasuredArch>(
        2, {.arch = arch, .predicted_ms = ms, .measured_ms = ms, .note = ""});
  }
};

TEST_CASE("the winner holds the limit on the device and is close to it") {
  for (const double ratio : {0.7, 1.0, 1.2, 1.6}) {
    Setting s;
    s.ratio = ratio;
    s.limit = 10;  // where the space has archs of every latency
    const LimitLoop out = s.run();
    INFO(ratio);
    CHECK(s.truth(out.result.best.arch) <= s.limit);
    CHECK(s.truth(out.result.best.arch) >= 0.93 * s.limit);
    REQUIRE(out.result.constraints.size() == 1);
    CHECK(out.result.constraints[0].limit.limit == s.limit);
    CHECK(out.result.constraints[0].value == Approx(s.truth(out.result.best.arch)));
    CHECK(out.result.constraints[0].satisfied);
  }
}

TEST_CASE("where nothing better is to be had the loop ends below the limit") {
  Setting s;
  s.ratio = 0.7;  // all of one image size fit, the next one's are worse
  const LimitLoop out = s.run();
  CHECK(s.truth(out.result.best.arch) < 0.9 * s.limit);
  CHECK(s.measured < 30);
}

TEST_CASE("noise does not carry the winner over the limit by more than its interval") {
  int over = 0;
  for (int seed = 0; seed < 20; ++seed) {
    Setting s;
    s.noise = 0.02;
    s.rng = Rng(static_cast<uint64_t>(seed));
    const LimitLoop out = s.run();
    over += s.truth(out.result.best.arch) > s.limit * (1 + s.noise) ? 1 : 0;
  }
  CHECK(over == 0);
}

TEST_CASE("the winner was measured twice, and its latency is the mean") {
  Setting s;
  s.noise = 0.01;
  const LimitLoop out = s.run();
  double sum = 0;
  int count = 0;
  for (const MeasuredArch& row : out.measured) {
    if (row.note != "winner") continue;
    CHECK(row.arch == out.result.best.arch);
    sum += row.measured_ms;
    ++count;
  }
  REQUIRE(count >= 2);
  CHECK(out.result.constraints[0].value == Approx(sum / count));
}

TEST_CASE("what was measured before a run was cut off is not measured again") {
  Setting whole, resumed;
  const LimitLoop first = whole.run();
  std::set<Arch> known;
  for (const MeasuredArch& row : first.measured) known.insert(row.arch);
  resumed.options.rounds = 1;
  const LimitLoop again = resumed.run(first.measured);
  for (size_t i = first.measured.size(); i < again.measured.size(); ++i) {
    const MeasuredArch& row = again.measured[i];
    CHECK((row.note == "confirms" || row.note == "winner" || !known.contains(row.arch)));
  }
  CHECK(resumed.truth(again.result.best.arch) <= resumed.limit);
}

TEST_CASE("a known network outside the restriction or another limit does not win") {
  Setting s;
  const Arch best = s.space.largest();
  CHECK(s.run(s.known_quick(best)).result.best.arch == best);
  Setting restricted;
  restricted.only = restricted.space.restrict({{"r", {16, 20}}});
  const LimitLoop out = restricted.run(restricted.known_quick(best));
  CHECK(restricted.space.value(out.result.best.arch, "r") <= 20);
  Setting small;
  small.macs_limit = 0.5 * estimate_one(small.macs, best);
  CHECK(estimate_one(small.macs, small.run(small.known_quick(best)).result.best.arch) <=
        small.macs_limit);
}

TEST_CASE("what one search misses the next one may find") {
  int64_t more = 0;
  for (const int64_t rounds : {1, 6}) {
    Setting s;
    s.strategy = "{name: random}";
    s.evaluations = 40;
    s.options.rounds = rounds;
    s.options.closest = 1;
    const LimitLoop out = s.run();
    more += static_cast<int64_t>(1e6 * estimate_one(s.accuracy, out.result.best.arch)) *
            (rounds == 1 ? -1 : 1);
    for (const MeasuredArch& row : out.measured) CHECK(row.round <= rounds);
  }
  CHECK(more > 0);
}

TEST_CASE("a limit that the device cannot hold says what the fastest took") {
  Setting s;
  s.ratio = 40;
  s.options.rounds = 2;
  CHECK_THROWS_AS(s.run(), InfeasibleError);
}

TEST_CASE("a loop without a latency limit is refused") {
  Setting s;
  const Problem problem{.space = s.space, .objective = &s.accuracy};
  CHECK_THROWS_WITH(search_within_limit(problem, s.latency, choose_strategy(ConfigNode::empty("s")),
                                        {}, s.options, s.device()),
                    Catch::Contains("needs a latency limit"));
}

TEST_CASE("options are read strictly") {
  const auto read = [](const char* text) {
    return LimitLoopOptions::read(ConfigNode::parse(text, "c.yaml"));
  };
  CHECK(read("").rounds == 0);
  CHECK(read("rounds: 4\nclosest: 0.9").closest == 0.9);
  CHECK_THROWS_AS(read("round: 4"), ConfigError);
  CHECK_THROWS_AS(read("closest: 1.5"), ConfigError);
}

}  // namespace
}  // namespace tailor::search
