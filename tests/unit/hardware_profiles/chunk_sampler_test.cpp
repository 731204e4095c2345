// Chunks of runs, and what is done about runtimes that return nonsense.
#include "hardware_profiles/chunk_sampler.h"

#include <cmath>
#include <limits>

#include "core/error.h"
#include "hardware_profiles/measure.h"
#include "tests/support/catch.h"
#include "tests/support/error_text.h"
#include "tests/support/scripted_network.h"

using namespace tailor;
using namespace tailor::hw;
using test::ScriptedMachine;
using test::ScriptedNetwork;

namespace {

class Broken : public PreparedNetwork {
 public:
  std::vector<double> measure(int64_t) override { throw DeviceError("the device went away"); }
};

class Short : public PreparedNetwork {
 public:
  std::vector<double> measure(int64_t) override { return {1, 1, 1}; }
};

std::string message_for(PreparedNetwork& network) {
  return test::error_text<DeviceError>([&] {
    ChunkSampler sampler(network, "stage1", MeasureOptions{});
    sampler.warm_up();
  });
}

}  // namespace

TEST_CASE("tiny networks are run many times a chunk, large ones once") {
  ScriptedMachine machine;
  ScriptedNetwork tiny(machine, 0.005), large(machine, 50);
  const MeasureOptions options;
  ChunkSampler tiny_sampler(tiny, "tiny", options), large_sampler(large, "large", options);
  tiny_sampler.warm_up();
  large_sampler.warm_up();
  const int64_t before = tiny_sampler.runs_done(), before_large = large_sampler.runs_done();
  CHECK(tiny_sampler.chunk() == Approx(0.005));
  CHECK(large_sampler.chunk() == Approx(50));
  CHECK(tiny_sampler.runs_done() - before >= 200);  // 1 ms or more
  CHECK(large_sampler.runs_done() - before_large == 1);
}

TEST_CASE("warming up goes on while chunks get faster and ends at its limit") {
  ScriptedMachine machine;
  ScriptedNetwork network(machine, 1,
                          [](int64_t n) { return n < 15 ? 5 * std::pow(0.9, double(n)) : 1; });
  MeasureOptions options;
  options.warmup_ms = 1000;
  ChunkSampler sampler(network, "warming", options);
  sampler.warm_up();
  CHECK(sampler.chunk() == Approx(1));

  ScriptedNetwork ever(machine, 1, [](int64_t n) { return std::pow(0.9, double(n)); });
  options.warmup_ms = 5;
  ChunkSampler limited(ever, "ever faster", options);
  limited.warm_up();
  CHECK(limited.spent_ms() < 10);
}

TEST_CASE("figures that are no times are refused with the network's name") {
  ScriptedMachine machine;
  ScriptedNetwork nan(machine, 1, [](int64_t n) { return n == 1 ? std::nan("") : 1.0; });
  ScriptedNetwork negative(machine, 1, [](int64_t) { return -1.0; });
  ScriptedNetwork infinite(machine, std::numeric_limits<double>::infinity());
  CHECK(message_for(nan).find("measuring 'stage1': the runtime returned nan ms") == 0);
  CHECK(message_for(negative).find("returned -1 ms for run 1 of 1") != std::string::npos);
  CHECK(message_for(infinite).find("returned inf ms") != std::string::npos);
}

TEST_CASE("a clock that does not move is refused") {
  ScriptedMachine machine;
  ScriptedNetwork still(machine, 0);
  CHECK(message_for(still) ==
        "measuring 'stage1': 4096 runs took 0 ms; the runtime's clock does not move");
}

TEST_CASE("a throwing runtime and a wrong number of figures name the network") {
  Broken broken;
  Short three;
  CHECK(message_for(broken) == "measuring 'stage1': the device went away");
  CHECK(message_for(three) == "measuring 'stage1': asked for 1 runs, the runtime returned 3 times");
}

TEST_CASE("a chunk of a wanted length runs that long") {
  ScriptedMachine machine;
  ScriptedNetwork network(machine, 2);
  ChunkSampler sampler(network, "n", MeasureOptions{});
  sampler.warm_up();
  const int64_t before = sampler.runs_done();
  sampler.chunk_of(20);
  CHECK(sampler.runs_done() - before == 10);
  sampler.chunk_of(0);
  CHECK(sampler.runs_done() - before == 11);
}
