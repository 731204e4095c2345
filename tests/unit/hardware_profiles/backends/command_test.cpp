// The backend "command" with the agents that we ship, where their runtimes are installed.
#include <cstdio>
#include <filesystem>
#include <iostream>

#include "core/error.h"
#include "hardware_profiles/measure.h"
#include "hardware_profiles/profile.h"
#include "tests/support/catch.h"
#include "tests/support/spaces.h"
#include "tests/support/temp_dir.h"

// covers: hardware_profiles/backends/
namespace tailor {
namespace {

using Catch::Contains;

std::unique_ptr<hw::DeviceBackend> command(const std::string& yaml) {
  hw::DeviceRegistry registry = hw::builtin_devices();
  hw::add_command_backend(registry);
  return registry.create("command", ConfigNode::parse(yaml, "c.yaml"));
}

const std::string kPython = TAILOR_SOURCE_DIR "/.deps/oracle/bin/python";

/// The command that starts a shipped agent; "" when its runtime is not installed.
std::string shipped_agent(const std::string& runtime) {
  const std::string probe = kPython + " -c 'import " + runtime + "' >/dev/null 2>&1";
  if (std::system(probe.c_str()) != 0) {
    std::cerr << "skipped: " << runtime << " is not in .deps/oracle (tools/setup --with-tests)\n";
    return "";
  }
  return kPython + " " TAILOR_SOURCE_DIR "/tools/agents/" + runtime + "_agent.py";
}

TEST_CASE("a config is read without starting the agent") {
  const auto device = command("command: /no/such/agent\nbatch: 4\nprecision: f16\n");
  CHECK(device->workload().batch == 4);
  CHECK(device->workload().precision == Precision::f16);
  CHECK_THROWS_AS(device->info(), DeviceError);
  CHECK_THROWS_WITH(command("command: ''\n"), Contains("command: must not be empty"));
  CHECK_THROWS_WITH(command("command: x\noptions: [fast]\n"),
                    Contains("must be name=value, got 'fast'"));
}

TEST_CASE("the shipped agents measure networks of every family", "[agents]") {
  for (const char* runtime : {"onnxruntime", "openvino"}) {
    const std::string agent = shipped_agent(runtime);
    if (agent.empty()) continue;
    for (const char* model : {"inline", "path"}) {
      const auto device = command("command: " + agent + "\nmodel: " + model + "\ncpus: [0]\n");
      CHECK(device->info().runtime == runtime);
      CHECK(device->info().threads == 1);
      const auto space = test::space_of(test::kTinyMobileNet);
      const auto network = device->prepare(space->lower(space->largest(), device->workload()));
      const std::vector<double> times = network->measure(5);
      REQUIRE(times.size() == 5);
      for (const double ms : times) CHECK((ms > 0 && ms < 1000));
    }
    const auto device = command("command: " + agent + "\nbatch: 2\n");
    for (const std::string& name : test::shipped_space_names()) {
      INFO(runtime << " " << name);
      const auto space = test::shipped_space(name);
      const auto network = device->prepare(space->lower(space->smallest(), device->workload()));
      CHECK(network->measure(1).size() == 1);
    }
  }
}

TEST_CASE("an agent profiles a space block by block", "[agents]") {
  const std::string agent = shipped_agent("onnxruntime");
  if (agent.empty()) return;
  const auto device = command("command: " + agent + "\n");
  const auto space = test::space_of(test::kTinyMobileNet);
  const test::TempDir dir;
  hw::MeasureOptions options;
  options.budget_ms = 5;
  const hw::ProfileResult result =
      hw::profile_space(*space, *device, options, dir.file("lut.yaml"));
  CHECK(result.measured == result.blocks);
  CHECK(result.table.header().device.runtime == "onnxruntime");
}

}  // namespace
}  // namespace tailor
