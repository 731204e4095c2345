// Readings of one reference network and of several.
#include "hardware_profiles/reference.h"

#include "core/error.h"
#include "tests/support/catch.h"
#include "tests/support/scripted_network.h"

using namespace tailor;
using namespace tailor::hw;
using test::scripted_reference;
using test::ScriptedMachine;
using test::ScriptedNetwork;

TEST_CASE("a change of the reference within its own noise is not scaled with") {
  ScriptedMachine machine;
  MeasureOptions options;
  options.chunk_ms = 0.5;  // one run a chunk: every reading spreads by 15 %
  const Reference reference =
      scripted_reference(machine, {1}, options, [](int64_t n) { return n % 5 ? 1.0 : 1.3; });
  CHECK(reference.scale({1.05, 0.15}) == 1);
  CHECK(reference.scale({2, 0.01}) == Approx(0.5));
}

TEST_CASE("an earlier start is what later figures are brought to") {
  ScriptedMachine machine;
  machine.slowdown = [](double) { return 2; };
  const MeasureOptions options;
  Reference reference = scripted_reference(machine, {1}, options, {}, ReferenceTime{1, 0.01, 5});
  CHECK(reference.last().slowdown == Approx(2));
  CHECK(reference.starts().at(0).ms == 1);
  ScriptedNetwork network(machine, 4);
  CHECK(measure_network(network, "later", options, reference).median_ms == Approx(4));
}

TEST_CASE("a reading of several networks is their median slowdown") {
  ScriptedMachine machine;
  const MeasureOptions options;
  // The first takes its own course once it ran as often as in the start.
  std::vector<Reference::Part> parts;
  double fickle = 1;
  parts.push_back(
      {std::make_unique<ScriptedNetwork>(machine, 0.1, [&](int64_t) { return fickle; }), "a", {}});
  for (const double ms : {0.3, 1.0}) {
    parts.push_back({std::make_unique<ScriptedNetwork>(machine, ms), "b", {}});
  }
  Reference reference(std::move(parts), options);
  REQUIRE(reference.starts().size() == 3);
  CHECK(reference.starts()[0].ms == Approx(0.1));
  CHECK(reference.starts()[2].ms == Approx(1));
  CHECK(reference.starts()[2].count == 15 * 4);  // of 4 ms each
  CHECK(reference.last().slowdown == Approx(1));
  machine.slowdown = [](double) { return 1.1; };
  fickle = 3;
  CHECK(reference.read().slowdown == Approx(1.1));
  CHECK(reference.scale(reference.last()) == 1);  // the three disagree by more than that
  fickle = 1;
  CHECK(reference.scale(reference.read()) == Approx(1 / 1.1));
}

TEST_CASE("a reading of several networks takes about as long as one of one") {
  ScriptedMachine one_machine, twelve_machine;
  const MeasureOptions options;
  Reference one = scripted_reference(one_machine, {1}, options);
  Reference twelve = scripted_reference(twelve_machine, std::vector<double>(12, 0.1), options);
  const double one_begin = one_machine.now_ms, twelve_begin = twelve_machine.now_ms;
  one.read();
  twelve.read();
  CHECK(twelve_machine.now_ms - twelve_begin < 1.3 * (one_machine.now_ms - one_begin));
}

TEST_CASE("a reference without networks or a start is refused") {
  ScriptedMachine machine;
  CHECK_THROWS_AS(Reference({}, MeasureOptions{}), Error);
  CHECK_THROWS_WITH(scripted_reference(machine, {1}, {}, {}, ReferenceTime{}),
                    Catch::Contains("starts at 0 ms"));
}
