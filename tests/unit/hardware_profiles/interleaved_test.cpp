// Networks measured in turns on scripted machines.
#include "hardware_profiles/interleaved.h"

#include <cmath>
#include <numbers>

#include "core/error.h"
#include "core/interrupt.h"
#include "tests/support/catch.h"
#include "tests/support/scripted_network.h"

using namespace tailor;
using namespace tailor::hw;
using test::ScriptedMachine;
using test::ScriptedNetwork;

namespace {

MeasureOptions quick_options() {
  MeasureOptions options;
  options.round_ms = 10;
  options.rounds = 9;
  options.drift_tolerance = 10;
  return options;
}

}  // namespace

TEST_CASE("steady networks come out exactly, in their order") {
  ScriptedMachine machine;
  ScriptedNetwork a(machine, 2), b(machine, 5);
  const std::vector<NamedNetwork> networks = {{"a", &a}, {"b", &b}};
  std::vector<int64_t> steps;
  const Interleaved out =
      measure_interleaved(networks, quick_options(), nullptr, [&](int64_t done, int64_t of) {
        steps.push_back(done);
        CHECK(of == 18);
      });
  REQUIRE(out.measurements.size() == 2);
  CHECK(out.measurements[0].median_ms == Approx(2));
  CHECK(out.measurements[1].median_ms == Approx(5));
  CHECK(out.measurements[1].count == 9 * 4);  // two runs to settle and 10 ms a round
  CHECK(out.rounds_ms[0].size() == 9);
  CHECK(out.floor == 0);
  CHECK(steps.back() == 18);
}

TEST_CASE("rounds are scaled by the reference where that makes them agree") {
  ScriptedMachine machine;
  ScriptedNetwork a(machine, 2), b(machine, 5);
  Reference reference = test::scripted_reference(machine, {1}, quick_options());
  const double begin = machine.now_ms;
  machine.slowdown = [begin](double now) {
    return 1 + 0.3 * std::sin((now - begin) * 2 * std::numbers::pi / 400);
  };
  const std::vector<NamedNetwork> networks = {{"a", &a}, {"b", &b}};
  const Interleaved out = measure_interleaved(networks, quick_options(), &reference);
  CHECK(out.measurements[0].median_ms == Approx(2).epsilon(0.02));
  CHECK(out.measurements[1].median_ms == Approx(5).epsilon(0.02));
  CHECK(out.measurements[0].spread < 0.05);
  CHECK(out.floor < 0.05);
}

TEST_CASE("a reference that knows nothing of the networks does not scale them") {
  ScriptedMachine machine;
  ScriptedNetwork a(machine, 2);
  Reference reference = test::scripted_reference(
      machine, {1}, quick_options(), [](int64_t n) { return 1 + 0.5 * std::sin(double(n)); });
  const Interleaved out =
      measure_interleaved(std::vector<NamedNetwork>{{"a", &a}}, quick_options(), &reference);
  CHECK(out.measurements[0].median_ms == Approx(2));
  CHECK(out.measurements[0].spread == 0);
}

TEST_CASE("a slower machine is undone for all rounds alike") {
  ScriptedMachine machine;
  ScriptedNetwork a(machine, 2);
  Reference reference = test::scripted_reference(machine, {1}, quick_options());
  machine.slowdown = [](double) { return 1.25; };
  const Interleaved out =
      measure_interleaved(std::vector<NamedNetwork>{{"a", &a}}, quick_options(), &reference);
  CHECK(out.measurements[0].median_ms == Approx(2));
  CHECK(out.measurements[0].scale == Approx(0.8));
}

TEST_CASE("a figure across a jump of the machine is retaken") {
  ScriptedMachine machine;
  ScriptedNetwork a(machine, 2);
  MeasureOptions options = quick_options();
  options.drift_tolerance = 0.05;
  Reference reference = test::scripted_reference(machine, {1}, options);
  const double jump = machine.now_ms + 60;
  machine.slowdown = [jump](double now) { return now < jump ? 1 : 1.6; };
  const Interleaved out =
      measure_interleaved(std::vector<NamedNetwork>{{"a", &a}}, options, &reference);
  CHECK(out.measurements[0].retaken >= 1);
  CHECK(out.measurements[0].median_ms == Approx(2).epsilon(0.01));
}

TEST_CASE("the floor is what halves of the rounds differ by") {
  ScriptedMachine machine;
  ScriptedNetwork a(machine, 10, [](int64_t n) { return n < 18 ? 1.0 : 1.1; });
  MeasureOptions options = quick_options();
  options.rounds = 10;
  options.round_ms = 10;  // one run a round, after two to settle
  const Interleaved out = measure_interleaved(std::vector<NamedNetwork>{{"a", &a}}, options);
  CHECK(out.floor == Approx(0.1 / 1.05).epsilon(0.01));
}

TEST_CASE("nonsense from one network ends the measurement with its name") {
  ScriptedMachine machine;
  ScriptedNetwork a(machine, 2);
  ScriptedNetwork b(machine, 3, [](int64_t n) { return n > 20 ? std::nan("") : 1.0; });
  const std::vector<NamedNetwork> networks = {{"a", &a}, {"arch b", &b}};
  CHECK_THROWS_WITH(measure_interleaved(networks, quick_options()),
                    Catch::Contains("measuring 'arch b'"));
}

TEST_CASE("an interrupt ends it between two figures") {
  ScriptedMachine machine;
  ScriptedNetwork a(machine, 2);
  set_interrupted(true);
  CHECK_THROWS_AS(measure_interleaved(std::vector<NamedNetwork>{{"a", &a}}, quick_options()),
                  Interrupted);
  set_interrupted(false);
}
