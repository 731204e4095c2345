#include "search/constraint.h"

#include <cmath>
#include <limits>

#include "core/error.h"
#include "tests/support/error_text.h"
#include "tests/support/toy_estimators.h"

#include "tests/support/catch.h"

namespace tailor::search {
namespace {

using test::error_text;
using test::ToySpace;

TEST_CASE("a limit says what it is, with and without a device") {
  CHECK(Limit{"latency_ms", 25, "note10"}.text() == "latency_ms <= 25 on 'note10'");
  CHECK(Limit{"macs", 3e8, ""}.text() == "macs <= 300000000");
  CHECK(Limit{"latency_ms", 25, "note10"}.column(true) == "latency_ms.note10");
  CHECK(Limit{"latency_ms", 25, "note10"}.column(false) == "latency_ms");
  CHECK(Limit{"macs", 1, ""}.column(true) == "macs");
}

TEST_CASE("a limit is met up to the limit itself; excess is relative") {
  const Limit limit{"latency_ms", 20, ""};
  CHECK(limit.satisfied(20));
  CHECK(limit.excess(20) == 0);
  CHECK_FALSE(limit.satisfied(std::nextafter(20.0, 21.0)));
  CHECK(limit.excess(std::nextafter(20.0, 21.0)) > 0);
  CHECK(limit.excess(25) == 0.25);
  CHECK(Limit{"macs", 0, ""}.excess(3) == 3);
}

TEST_CASE("units follow from the metric's name") {
  CHECK(with_unit(4.10329, "latency_ms") == "4.103 ms");
  CHECK(with_unit(2, "energy_mj") == "2 mJ");
  CHECK(with_unit(5e6, "macs") == "5e+06 MACs");
  CHECK(with_unit(12, "memory_bytes") == "12 bytes");
  CHECK(with_unit(0.5, "accuracy") == "0.5");
  CHECK(unit_of("params") == "parameters");
}

TEST_CASE("limits that cannot be used are refused") {
  const ToySpace space;
  const FunctionEstimator latency = test::toy_latency(space);
  const auto refused = [](const std::vector<Constraint>& constraints) {
    return error_text<ConfigError>([&] { check_constraints(constraints); });
  };
  CHECK(refused({{{"latency_ms", -1, ""}, &latency}}) == "limit latency_ms: must be >= 0, got -1");
  CHECK(refused({{{"latency_ms", std::nan(""), ""}, &latency}}) ==
        "limit latency_ms: must be >= 0, got nan");
  CHECK(refused({{{"latency_ms", std::numeric_limits<double>::infinity(), ""}, &latency}}) ==
        "limit latency_ms: must be >= 0, got inf");
  CHECK(refused({{{"latency_ms", 3, ""}, nullptr}}) ==
        "limit latency_ms <= 3: no estimator tells its value");
  CHECK(refused({{{"macs", 3, ""}, &latency}}) ==
        "limit macs <= 3: its estimator tells latency_ms");
  CHECK(refused({{{"latency_ms", 3, "a"}, &latency}, {{"latency_ms", 4, "a"}, &latency}}) ==
        "limit latency_ms <= 4 on 'a': this metric has another limit already");
  CHECK_NOTHROW(check_constraints(std::vector<Constraint>{{{"latency_ms", 3, "a"}, &latency},
                                                          {{"latency_ms", 4, "b"}, &latency}}));
}

TEST_CASE("values come arch by arch; violation adds what is too much") {
  const ToySpace space;
  const FunctionEstimator latency = test::toy_latency(space);
  const FunctionEstimator macs = test::toy_macs(space);
  const std::vector<Constraint> limits = {{{"latency_ms", 2, ""}, &latency},
                                          {{"macs", 1e4, ""}, &macs}};
  const std::vector<Arch> archs = {space.smallest(), space.largest()};
  const std::vector<double> values = constraint_values(limits, archs);
  REQUIRE(values.size() == 4);
  CHECK(values[1] == 2 * 9 * 16 * 16);
  CHECK(values[3] == 3 * 6 * 49 * 28 * 28);
  CHECK(violation(limits, std::span(values).first(2)) == 0);
  CHECK(violation(limits, std::span(values).last(2)) ==
        Approx(values[2] / 2 - 1 + values[3] / 1e4 - 1));
}

TEST_CASE("a limit that was not evaluated is an error") {
  const ToySpace space;
  const FunctionEstimator broken("latency_ms", [](const Arch&) { return std::nan(""); });
  const std::vector<Constraint> limits = {{{"latency_ms", 2, "pixel"}, &broken}};
  const std::vector<Arch> archs = {space.smallest()};
  CHECK(error_text<Error>([&] { constraint_values(limits, archs); }) ==
        "limit latency_ms <= 2 on 'pixel': its estimator gave nan; a limit that was not evaluated "
        "cannot be taken as met");
}

}  // namespace
}  // namespace tailor::search
