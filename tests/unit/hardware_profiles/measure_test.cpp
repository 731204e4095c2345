// The measuring policy against scripted machines: steady, drifting, jumping, bimodal.
#include "hardware_profiles/measure.h"

#include <cmath>

#include "core/error.h"
#include "tests/support/catch.h"
#include "tests/support/error_text.h"
#include "tests/support/scripted_network.h"

using namespace tailor;
using namespace tailor::hw;
using test::ScriptedMachine;
using test::ScriptedNetwork;

TEST_CASE("options are read strictly and documented") {
  const auto fields = record_fields([](const ConfigNode& node) { MeasureOptions::read(node); });
  REQUIRE(fields.size() == 15);
  for (const FieldDoc& field : fields) CHECK_FALSE(field.doc.empty());
  const auto read = [](const char* text) {
    return MeasureOptions::read(ConfigNode::parse(text, "m.yaml"));
  };
  CHECK(read("budget_ms: 20").budget_ms == 20);
  CHECK_THROWS_AS(read("budget: 20"), ConfigError);
  CHECK_THROWS_AS(read("rounds: 0"), ConfigError);
  CHECK(test::error_text<ConfigError>([&] {
          read("min_repeats: 9\nmax_repeats: 3");
        }).find("must be at least min_repeats (9), got 3") != std::string::npos);
}

TEST_CASE("a steady network is measured exactly with the fewest repeats") {
  ScriptedMachine machine;
  ScriptedNetwork network(machine, 4);
  const Measurement m = measure_network(network, "steady", MeasureOptions{});
  CHECK(m.median_ms == Approx(4));
  CHECK(m.spread == 0);
  CHECK(m.count == MeasureOptions{}.min_repeats);
  CHECK(m.scale == 1);
}

TEST_CASE("a noisy network is repeated until the interval is tight or the budget ends") {
  ScriptedMachine machine;
  const auto noise = [](int64_t n) { return 1 + 0.1 * std::sin(double(n * n)); };
  MeasureOptions options;
  options.max_repeats = 100000;
  options.budget_ms = 1e6;
  options.target_spread = 0.02;
  ScriptedNetwork patient(machine, 2, noise);
  const Measurement tight = measure_network(patient, "patient", options);
  CHECK(tight.spread <= 0.02);
  CHECK(tight.median_ms == Approx(2).epsilon(0.02));
  CHECK(tight.count > 20);

  options.budget_ms = 50;
  options.target_spread = 0;
  ScriptedNetwork hurried(machine, 2, noise);
  const Measurement loose = measure_network(hurried, "hurried", options);
  CHECK(loose.count <= 30);
  CHECK(loose.spread > 0);
}

TEST_CASE("two modes give a wide interval, not a false certainty") {
  ScriptedMachine machine;
  ScriptedNetwork network(machine, 2, [](int64_t n) { return (n / 3) % 2 ? 1.5 : 1.0; });
  const Measurement m = measure_network(network, "bimodal", MeasureOptions{});
  CHECK(m.spread > 0.1);
}

TEST_CASE("values are brought to the reference's starting speed") {
  ScriptedMachine machine;
  ScriptedNetwork network(machine, 4);
  MeasureOptions options;
  Reference reference = test::scripted_reference(machine, {1}, options);
  CHECK(reference.starts().at(0).ms == Approx(1));
  machine.slowdown = [](double) { return 1.2; };
  reference.read();
  const Measurement m = measure_network(network, "slowed", options, reference);
  CHECK(m.median_ms == Approx(4));
  CHECK(m.scale == Approx(1 / 1.2));
  CHECK(m.retaken == 0);
  CHECK(measure_network(network, "plain", options).median_ms == Approx(4.8));
}

TEST_CASE("an entry across which the machine changed is taken again") {
  ScriptedMachine machine;
  ScriptedNetwork network(machine, 4);
  const MeasureOptions options;
  Reference reference = test::scripted_reference(machine, {1}, options);
  const double change = machine.now_ms + 25;  // within the first take
  machine.slowdown = [change](double now) { return now < change ? 1 : 1.5; };
  const Measurement m = measure_network(network, "touched", options, reference);
  CHECK(m.retaken == 1);
  CHECK(m.drift == Approx(0).margin(1e-9));
  CHECK(m.median_ms == Approx(4));
}

TEST_CASE("retakes end, and the take with the least drift counts") {
  ScriptedMachine machine;
  ScriptedNetwork network(machine, 4);
  MeasureOptions options;
  options.retakes = 2;
  Reference reference = test::scripted_reference(machine, {1}, options);
  const double begin = machine.now_ms;
  machine.slowdown = [begin](double now) { return std::exp((now - begin) / 400); };
  const Measurement m = measure_network(network, "sliding", options, reference);
  CHECK(m.retaken == 2);
  CHECK(m.drift > options.drift_tolerance);
  CHECK(m.median_ms == Approx(4).epsilon(0.1));
}

TEST_CASE("of takes that all drift the calmest one counts") {
  ScriptedMachine machine;
  ScriptedNetwork network(machine, 4);
  MeasureOptions options;
  options.target_spread = 1;  // takes of min_repeats
  Reference reference = test::scripted_reference(machine, {1}, options);
  const double begin = machine.now_ms;
  machine.slowdown = [begin](double now) { return 1 + std::pow((now - begin) / 150, 2); };
  const Measurement m = measure_network(network, "ever worse", options, reference);
  CHECK(m.retaken == options.retakes);
  CHECK(m.drift > options.drift_tolerance);
  CHECK(m.drift < 0.25);  // the later takes drift by more than 0.3
}
