#include "search/section.h"

#include "core/error.h"
#include "tests/support/error_text.h"

#include "tests/support/catch.h"

namespace tailor::search {
namespace {

using test::error_text;

SearchSection read(const std::string& yaml) {
  return SearchSection::read(ConfigNode::parse(yaml, "c.yaml").child("search"));
}
std::string refused(const std::string& yaml) {
  return error_text<ConfigError>([&] { read(yaml); });
}

TEST_CASE("an absent section reads as the defaults") {
  const SearchSection s = read("{}");
  CHECK(s.strategy.name == "evolution");
  CHECK(s.objective == "accuracy");
  CHECK(s.limits.empty());
  CHECK(s.fix.empty());
  CHECK(s.driver_options().evaluations == 10000);
  CHECK(s.driver_options().batch == 100);
  CHECK(s.driver_options().seconds == 0);
}

TEST_CASE("everything a section may hold") {
  const SearchSection s = read(R"(
search:
  strategy: {name: random, tries: 7}
  objective: quality
  limits:
    latency_ms: {note10: 25, pixel1: 30.5}
    macs: 3e8
  fix: {r: [16, 20], ks: 5}
  couple: {d: [1, 2], e: [3, 6]}
  estimators: {latency_ms: {kind: lut}}
  batch: 50
  budget: {evaluations: 500, seconds: 1.5, stagnation: 100}
)");
  CHECK(s.strategy.name == "random");
  CHECK(s.strategy.section.canonical_text().find("tries: 7") != std::string::npos);
  CHECK(s.objective == "quality");
  REQUIRE(s.limits.size() == 3);
  CHECK(s.limits[0].text() == "latency_ms <= 25 on 'note10'");
  CHECK(s.limits[1].text() == "latency_ms <= 30.5 on 'pixel1'");
  CHECK(s.limits[2].text() == "macs <= 300000000");
  REQUIRE(s.fix.size() == 2);
  CHECK(s.fix[0].slots() == "r");
  CHECK(s.fix[0].values == std::vector<double>{16, 20});
  CHECK(s.fix[1].slots() == "ks");
  CHECK(s.fix[1].values == std::vector<double>{5});
  REQUIRE(s.couple.groups.size() == 2);
  CHECK(s.couple.groups[1].first == "e");
  CHECK(s.couple.groups[1].second == std::vector<double>{3, 6});
  CHECK(s.estimators.has("latency_ms"));
  const DriverOptions o = s.driver_options();
  CHECK(o.evaluations == 500);
  CHECK(o.seconds == 1.5);
  CHECK(o.stagnation == 100);
  CHECK(o.batch == 50);
}

TEST_CASE("limits that are negative or no numbers are refused where they stand") {
  CHECK(refused("search:\n  limits: {latency_ms: -3}\n") ==
        "c.yaml:2:24: search.limits.latency_ms: must be >= 0, got -3");
  CHECK(refused("search: {limits: {latency_ms: .nan}}").find("must be a number") !=
        std::string::npos);
  CHECK(refused("search: {limits: {latency_ms: .inf}}").find("must be a number") !=
        std::string::npos);
  CHECK(refused("search: {limits: {latency_ms: {a: -1}}}").find("must be >= 0") !=
        std::string::npos);
  CHECK(refused("search: {limits: {latency_ms: {}}}").find("must be a number, or profile names") !=
        std::string::npos);
  CHECK(refused("search: {limits: {latency_ms: [a]}}").find("search.limits.latency_ms") !=
        std::string::npos);
  CHECK(refused("search: {fix: {r: []}}").find("must hold at least one value") !=
        std::string::npos);
}

TEST_CASE("what is fixed may be slots, ranges and what is forbidden") {
  const SearchSection s = SearchSection::read(
      ConfigNode::parse("search: {fix: {r: '16:24', 'ks[3]': {not: 7}, 'e[0:2]': {not: [2, 4]}}}",
                        "c.yaml")
          .child("search"));
  REQUIRE(s.fix.size() == 3);
  CHECK(s.fix[0].low == 16);
  CHECK(s.fix[0].high == 24);
  CHECK_FALSE(s.fix[0].forbidden);
  CHECK(s.fix[1].slots() == "ks[3]");
  CHECK(s.fix[1].forbidden);
  CHECK(s.fix[2].slots() == "e[0:2]");
  CHECK(s.fix[2].values == std::vector<double>{2, 4});
  CHECK(refused("search: {fix: {'ks[': 3}}").find("must be a group, one slot") !=
        std::string::npos);
  CHECK(refused("search: {fix: {r: '24:16'}}").find("a range is LOWEST:HIGHEST") !=
        std::string::npos);
  CHECK(refused("search: {fix: {r: {nor: 3}}}").find("{not: ...}") != std::string::npos);
}

TEST_CASE("several limits of one metric are a list or a range, and rise") {
  const auto read = [](const std::string& limits) {
    return SearchSection::read(
        ConfigNode::parse("search: {limits: " + limits + "}", "c.yaml").child("search"));
  };
  const SearchSection list = read("{macs: 3e8, latency_ms: [25, 20, 30, 20]}");
  REQUIRE(list.sweep);
  CHECK(list.sweep->constraint == 1);
  CHECK(list.sweep->limits == std::vector<double>{20, 25, 30});
  CHECK(list.limits[1].limit == 30);
  const SearchSection range = read("{latency_ms: '15:16:0.25'}");
  REQUIRE(range.sweep);
  CHECK(range.sweep->limits == std::vector<double>{15, 15.25, 15.5, 15.75, 16});
  CHECK_FALSE(read("{latency_ms: 20}").sweep);
  const auto text = [](const std::string& limits) {
    return refused("search: {limits: " + limits + "}");
  };
  CHECK(text("{latency_ms: '20:10:1'}").find("a range is FROM:TO:STEP") != std::string::npos);
  CHECK(text("{latency_ms: '1:2:0'}").find("a range is FROM:TO:STEP") != std::string::npos);
  CHECK(text("{latency_ms: '1:x:1'}").find("a range is FROM:TO:STEP") != std::string::npos);
  CHECK(text("{latency_ms: '0:1e9:1'}").find("at most 10000 limits") != std::string::npos);
  CHECK(text("{latency_ms: []}").find("at least one limit") != std::string::npos);
  CHECK(text("{latency_ms: [1, -2]}").find("must be >= 0") != std::string::npos);
  CHECK(text("{latency_ms: [1, 2], macs: [1, 2]}").find("only one metric") != std::string::npos);
}

TEST_CASE("unknown strategies and options are refused at reading, with a suggestion") {
  CHECK(refused("search: {strategy: {name: evolutoin}}")
            .find("unknown search strategy 'evolutoin'; did you mean 'evolution'?") !=
        std::string::npos);
  CHECK(refused("search: {strategy: {name: evolution, populaton: 3}}")
            .find("search.strategy.populaton: unknown key; did you mean 'population'?") !=
        std::string::npos);
  CHECK(refused("search:\n  strategy: {population: 1}\n") ==
        "c.yaml:2:26: search.strategy.population: must be in [2, 100000], got 1");
  CHECK(refused("search: {bugdet: {}}").find("did you mean 'budget'?") != std::string::npos);
  CHECK(refused("search: {budget: {evaluations: 0}}").find("must be in [1, 1000000000], got 0") !=
        std::string::npos);
}

TEST_CASE("what was read runs again as it is") {
  const ConfigNode root = ConfigNode::parse("search: {limits: {latency_ms: 8}}", "c.yaml");
  const SearchSection once = SearchSection::read(root.child("search"));
  const ConfigNode again = ConfigNode::parse(root.text(), "again.yaml");
  const SearchSection twice = SearchSection::read(again.child("search"));
  CHECK(twice.limits.size() == 1);
  CHECK(twice.strategy.section.canonical_text() == once.strategy.section.canonical_text());
}

TEST_CASE("the section documents itself") {
  const auto fields =
      record_fields([](const ConfigNode& n) { SearchSection::read(n.child("search")); });
  std::vector<std::string> paths;
  for (const FieldDoc& field : fields) {
    INFO(field.path);
    CHECK_FALSE(field.doc.empty());
    paths.push_back(field.path);
  }
  for (const char* wanted :
       {"search.objective", "search.limits", "search.fix", "search.batch",
        "search.budget.evaluations", "search.strategy.name", "search.strategy.population"}) {
    INFO(wanted);
    CHECK(std::find(paths.begin(), paths.end(), wanted) != paths.end());
  }
}

}  // namespace
}  // namespace tailor::search
