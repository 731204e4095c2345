// The backend that runs networks in oneDNN: times, options, refusals.
// covers: hardware_profiles/backends/onednn_graph.cpp
// covers: hardware_profiles/backends/onednn_lowering.cpp
// covers: hardware_profiles/backends/onednn_network.cpp
// covers: hardware_profiles/backends/onednn_operations.cpp
#include <omp.h>

#include <cmath>

#include "core/error.h"
#include "hardware_profiles/backends/onednn_network.h"
#include "hardware_profiles/device.h"
#include "hardware_profiles/random_weights.h"
#include "supernet/ops/norms.h"
#include "supernet/space/passes.h"
#include "tests/support/catch.h"
#include "tests/support/error_text.h"
#include "tests/support/spaces.h"

using namespace tailor;

namespace {

std::unique_ptr<hw::DeviceBackend> onednn(const std::string& options = "") {
  hw::DeviceRegistry devices = hw::builtin_devices();
  hw::add_native_backends(devices);
  return devices.create("onednn", ConfigNode::parse(options, "onednn.yaml"));
}

hw::OnednnNetwork prepared(const NetworkSpec& spec) {
  const NetworkSpec whole = standalone(spec);
  return {whole, hw::random_weights(whole, Rng(1)), 1, hw::OnednnLayout::any};
}

}  // namespace

TEST_CASE("every run of a network and of its blocks takes some time") {
  for (const char* yaml : test::kTinySpaces) {
    const auto space = test::space_of(yaml);
    const auto device = onednn("batch: 2");
    const NetworkSpec spec = space->lower(space->largest(), device->workload());
    CHECK(spec.inputs[0][0] == 2);
    for (size_t i = 0; i <= spec.blocks.size(); ++i) {
      const NetworkSpec part = i < spec.blocks.size() ? single_block(spec, i) : spec;
      const std::vector<double> times = device->prepare(part)->measure(3);
      REQUIRE(times.size() == 3);
      for (double ms : times) CHECK((ms > 0 && ms < 1000));
    }
  }
}

TEST_CASE("a run leaves its input as it was: the second gives the same bits") {
  for (const char* yaml : test::kTinySpaces) {
    const auto space = test::space_of(yaml);
    const NetworkSpec spec = space->lower(space->largest());
    for (size_t i = 0; i <= spec.blocks.size(); ++i) {
      auto network = prepared(i < spec.blocks.size() ? single_block(spec, i) : spec);
      const std::vector<float> once = network.run();
      for (float value : once) CHECK(std::isfinite(value));
      CHECK(network.run() == once);
      network.measure(2);
      CHECK(network.run() == once);
    }
  }
}

TEST_CASE("what the backend is, and OpenMP's threads stay as they were") {
  const auto device = onednn("{threads: 2, batch: 3}");
  const hw::DeviceInfo info = device->info();
  CHECK(info.runtime == "onednn");
  CHECK(info.threads == 2);
  CHECK(info.batch == 3);
  CHECK_FALSE(info.device.empty());
  CHECK(info.version.find("3.") == 0);
  CHECK(onednn("layout: nhwc")->info().runtime == "onednn nhwc");
  const int before = omp_get_max_threads();
  const auto space = test::space_of(test::kTinyResNet);
  device->prepare(space->lower(space->smallest(), device->workload()))->measure(2);
  CHECK(omp_get_max_threads() == before);
}

TEST_CASE("options out of range are refused") {
  CHECK_THROWS_AS(onednn("threads: 0"), ConfigError);
  CHECK_THROWS_AS(onednn("isa: mmx"), ConfigError);
  CHECK_THROWS_AS(onednn("layout: nchw"), ConfigError);
  CHECK_THROWS_AS(onednn("thread: 1"), ConfigError);
}

TEST_CASE("an instruction set that comes too late is an error, the one in force is not") {
  const std::string version = onednn()->info().version;
  const std::string isa = version.substr(version.find(' ') + 1);
  const auto space = test::space_of(test::kTinyResNet);
  onednn()->prepare(space->lower(space->smallest()));
  CHECK(onednn("isa: " + isa)->info().version == version);
  const std::string other = isa == "sse41" ? "avx" : "sse41";
  const std::string text = test::error_text<DeviceError>([&] { onednn("isa: " + other); });
  CHECK(text == "onednn: isa " + other + " comes too late, kernels of " + isa +
                    " were made in this process; profile each isa in a run of its own");
}

TEST_CASE("a node it cannot run is named") {
  NetworkBuilder net("norm", {}, nullptr);
  const int x = net.input({1, 4, 6});
  net.block("b", {}, {x}, [&](BlockBuilder& b) {
    b.add("norm", std::make_shared<RmsNorm>(), {b.input()},
          {whole_weight("b.norm.weight", Role::scale, Init::ones, {6})});
  });
  CHECK(test::error_text<DeviceError>([&] { onednn()->prepare(net.finish()); }) ==
        "onednn: node 'b.norm' is a rms_norm, which this backend cannot run; profile with "
        "cpu_torch");
}

TEST_CASE("an input of the wrong size is refused") {
  const auto space = test::space_of(test::kTinyResNet);
  auto network = prepared(space->lower(space->smallest()));
  const std::vector<float> few(5);
  CHECK(test::error_text<DeviceError>([&] { network.set_input(0, few); }) ==
        "onednn: 5 values for input 0 of 1 inputs, the first of [1, 1, 12, 12]");
  CHECK_THROWS_AS(network.set_input(1, few), DeviceError);
}

TEST_CASE("no shipped network falls back to a reference kernel, none reorders block by block") {
  const std::string version = onednn()->info().version;
  // Before AVX2 the library has no kernel that scales channels.
  if (version.ends_with("sse41") || version.ends_with(" avx")) return;
  for (const std::string& name : test::shipped_space_names()) {
    INFO(name);
    const auto space = test::shipped_space(name);
    const auto network = prepared(space->lower(space->smallest(), {.resolution = 64}));
    int reorders = 0;
    for (const std::string& kernel : network.implementations()) {
      INFO(kernel);
      CHECK(kernel.find(" ref") == std::string::npos);
      reorders += kernel.find("reorder") == 0;
    }
    CHECK(reorders <= 4);
  }
}
