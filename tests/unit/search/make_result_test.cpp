#include "search/make_result.h"

#include "core/error.h"
#include "tests/support/toy_estimators.h"

#include "tests/support/catch.h"

namespace tailor::search {
namespace {

using Values = std::vector<double>;

struct Setting {
  test::ToySpace space;
  FunctionEstimator accuracy = test::toy_accuracy(space);
  FunctionEstimator latency = test::toy_latency(space);
  FunctionEstimator macs = test::toy_macs(space);
  std::vector<Arch> archs = space.enumerate();

  SearchResult make(const Problem& problem, const std::vector<Record>& records) const {
    return make_result(problem, Scorer(problem), records);
  }
};

TEST_CASE("best and front carry every metric") {
  const Setting s;
  const Problem problem{.space = s.space,
                        .objective = &s.accuracy,
                        .constraints = {{{"latency_ms", 5, "pixel"}, &s.latency}},
                        .reported = {&s.macs}};
  const SearchResult r =
      s.make(problem, {{s.archs[5], 0.5, {3}}, {s.archs[6], 0.7, {4}}, {s.archs[7], 0.6, {4}}});
  CHECK(r.space == "toy");
  CHECK(r.metrics == std::vector<std::string>{"accuracy", "latency_ms", "macs"});
  CHECK(r.evaluations == 3);
  CHECK(r.best.arch == s.archs[6]);
  REQUIRE(r.front.size() == 2);
  CHECK(r.front[1].arch == s.archs[5]);
  std::vector<Estimate> macs(1);
  s.macs.estimate({&s.archs[6], 1}, macs);
  CHECK(r.best.values == Values{0.7, 4, macs[0].value});
  REQUIRE(r.constraints.size() == 1);
  CHECK(r.constraints[0].value == 4);
  CHECK(r.constraints[0].satisfied);
  CHECK(r.constraints[0].limit.device == "pixel");
}

TEST_CASE("of equal objectives the cheaper arch, then the lower one, whatever the order") {
  const Setting s;
  const Problem problem{.space = s.space, .objective = &s.accuracy, .reported = {&s.latency}};
  std::vector<Record> records = {
      {s.archs[7], 0.7, {4}}, {s.archs[9], 0.7, {3}}, {s.archs[8], 0.7, {3}}};
  CHECK(s.make(problem, records).best.arch == s.archs[8]);
  std::reverse(records.begin(), records.end());
  const SearchResult r = s.make(problem, records);
  CHECK(r.best.arch == s.archs[8]);
  REQUIRE(r.front.size() == 1);
  CHECK(r.front[0].arch == s.archs[8]);
}

TEST_CASE("without anything to trade against, the front is the best") {
  const Setting s;
  const Problem problem{.space = s.space, .objective = &s.accuracy};
  const SearchResult r = s.make(problem, {{s.archs[1], 0.5, {}}, {s.archs[2], 0.6, {}}});
  REQUIRE(r.front.size() == 1);
  CHECK(r.front[0].values == Values{0.6});
  CHECK(r.constraints.empty());
}

TEST_CASE("nothing scored, no result") {
  const Setting s;
  CHECK_THROWS_AS(s.make({.space = s.space, .objective = &s.accuracy}, {}), Error);
}

}  // namespace
}  // namespace tailor::search
