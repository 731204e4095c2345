// The backend that runs networks in LibTorch here: times, options, refusals.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include "core/error.h"
#include "hardware_profiles/device.h"
#include "supernet/space/cost.h"
#include "supernet/space/passes.h"
#include "tests/support/error_text.h"
#include "tests/support/spaces.h"

#include "tests/support/catch.h"

using namespace tailor;

namespace {

std::unique_ptr<hw::DeviceBackend> cpu(const std::string& options = "") {
  hw::DeviceRegistry devices = hw::builtin_devices();
  hw::add_torch_backends(devices);
  return devices.create("cpu_torch", ConfigNode::parse(options, "cpu.yaml"));
}

}  // namespace

TEST_CASE("memory is measured, and near what the lowering foretells") {
  const auto space = test::space_of(test::kTinyMobileNet);
  const auto device = cpu("batch: 8");
  for (const Arch& arch : {space->smallest(), space->largest()}) {
    const NetworkSpec spec = space->lower(arch, device->workload());
    const auto network = device->prepare(spec);
    const std::optional<int64_t> bytes = network->activation_bytes();
    REQUIRE(bytes);
    CHECK(network->activation_bytes() == bytes);
    const auto foretold = static_cast<double>(network_cost(spec).activation_bytes);
    CHECK(static_cast<double>(*bytes) > 0.5 * foretold);
    CHECK(static_cast<double>(*bytes) < 2 * foretold);
  }
}

TEST_CASE("every run of a network and of its blocks takes some time") {
  const auto space = test::space_of(test::kTinyMobileNet);
  const auto device = cpu("batch: 2");
  const NetworkSpec spec = space->lower(space->largest(), device->workload());
  CHECK(spec.inputs[0][0] == 2);
  for (size_t i = 0; i <= spec.blocks.size(); ++i) {
    const NetworkSpec part = i < spec.blocks.size() ? single_block(spec, i) : spec;
    const std::vector<double> times = device->prepare(part)->measure(3);
    REQUIRE(times.size() == 3);
    for (double ms : times) {
      CHECK(ms > 0);
      CHECK(ms < 1000);
    }
  }
}

TEST_CASE("the backend says what it is, and keeps LibTorch's threads as they were") {
  const auto device = cpu("{threads: 2, batch: 3}");
  CHECK(device->info().runtime == "cpu_torch");
  CHECK(device->info().threads == 2);
  CHECK(device->info().batch == 3);
  CHECK_FALSE(device->info().device.empty());
  const int before = at::get_num_threads();
  const auto space = test::space_of(test::kTinyResNet);
  device->prepare(space->lower(space->smallest()))->measure(2);
  CHECK(at::get_num_threads() == before);
  CHECK(c10::InferenceMode::is_enabled() == false);
}

TEST_CASE("options out of range and networks of two inputs are refused") {
  CHECK_THROWS_AS(cpu("threads: 0"), ConfigError);
  CHECK_THROWS_AS(cpu("thread: 1"), ConfigError);
  const auto space = test::space_of(test::kTinyResNet);
  NetworkSpec spec = space->lower(space->smallest());
  spec.name = "two";
  spec.inputs.push_back({1});
  CHECK(test::error_text<DeviceError>([&] { cpu()->prepare(spec); }) ==
        "cpu_torch: network 'two' has 2 inputs, one is expected");
}
