#include "search/problem.h"

#include "core/error.h"
#include "tests/support/error_text.h"
#include "tests/support/toy_estimators.h"

#include "tests/support/catch.h"

namespace tailor::search {
namespace {

using Names = std::vector<std::string>;

struct Setting {
  test::ToySpace space;
  FunctionEstimator accuracy = test::toy_accuracy(space);
  FunctionEstimator latency = test::toy_latency(space);
  FunctionEstimator macs = test::toy_macs(space);
};

TEST_CASE("columns: the objective, the limits, then what is reported besides") {
  const Setting s;
  const Problem problem{.space = s.space,
                        .objective = &s.accuracy,
                        .constraints = {{{"latency_ms", 4, "pixel"}, &s.latency}},
                        .reported = {&s.latency, &s.macs, &s.accuracy, &s.macs}};
  CHECK(problem.columns() == Names{"accuracy", "latency_ms", "macs"});
  CHECK(problem.extra() == std::vector<const Estimator*>{&s.macs});
}

TEST_CASE("several limits on one metric are named by device") {
  const Setting s;
  const Problem problem{.space = s.space,
                        .objective = &s.accuracy,
                        .constraints = {{{"latency_ms", 4, "a"}, &s.latency},
                                        {{"macs", 4, ""}, &s.macs},
                                        {{"latency_ms", 5, "b"}, &s.latency}}};
  CHECK(problem.columns() == Names{"accuracy", "latency_ms.a", "macs", "latency_ms.b"});
}

TEST_CASE("the trade-off is the first limit, else latency, else what is reported first") {
  const Setting s;
  Problem problem{.space = s.space, .objective = &s.accuracy};
  CHECK(problem.trade_off() == nullptr);
  problem.reported = {&s.macs};
  CHECK(problem.trade_off() == &s.macs);
  problem.reported = {&s.macs, &s.latency};
  CHECK(problem.trade_off() == &s.latency);
  problem.constraints = {{{"macs", 4, ""}, &s.macs}};
  CHECK(problem.trade_off() == &s.macs);
}

TEST_CASE("a problem without objective, or with limits that cannot be used, is refused") {
  const Setting s;
  Problem problem{.space = s.space};
  CHECK(test::error_text<Error>([&] { problem.check(); }) == "a search needs an objective");
  problem.objective = &s.accuracy;
  CHECK_NOTHROW(problem.check());
  problem.constraints = {{{"macs", -4, ""}, &s.macs}};
  CHECK_THROWS_AS(problem.check(), ConfigError);
}

}  // namespace
}  // namespace tailor::search
