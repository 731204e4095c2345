// What every device backend promises.
#include <cmath>
#include <memory>

#include "core/error.h"
#include "hardware_profiles/measure.h"
#include "supernet/space/passes.h"
#include "tests/support/catch.h"
#include "tests/support/spaces.h"

using namespace tailor;

namespace {

/// All but cpu_torch: this test links no LibTorch.
hw::DeviceRegistry torch_free_devices() {
  hw::DeviceRegistry devices = hw::builtin_devices();
  hw::add_native_backends(devices);
  return devices;
}

/// Runs `check` on every backend, made with its defaults.
template <class Check>
void for_each_device(const Check& check) {
  const hw::DeviceRegistry devices = torch_free_devices();
  REQUIRE_FALSE(devices.names().empty());
  for (const std::string& name : devices.names()) {
    INFO(name);
    std::unique_ptr<hw::DeviceBackend> device;
    try {
      device = devices.create(name, ConfigNode::empty("test.yaml"));
    } catch (const DeviceError& error) {
      WARN(error.what());  // a GPU's backend on a machine without one
      continue;
    }
    check(*device);
  }
}

}  // namespace

TEST_CASE("every device documents each of its options") {
  const hw::DeviceRegistry devices = torch_free_devices();
  for (const auto& [name, entry] : devices.entries()) {
    INFO(name);
    CHECK_FALSE(entry.doc.empty());
    for (const FieldDoc& field : devices.describe(name)) {
      INFO(field.path);
      CHECK_FALSE(field.doc.empty());
    }
  }
}

TEST_CASE("every device says what it is, and networks are lowered for that") {
  for_each_device([](hw::DeviceBackend& device) {
    const hw::DeviceInfo info = device.info();
    CHECK_FALSE(info.device.empty());
    CHECK_FALSE(info.runtime.empty());
    CHECK_FALSE(info.version.empty());
    CHECK(info.batch >= 1);
    CHECK(info.threads >= 1);
    CHECK(device.workload().batch == info.batch);
    CHECK(precision_name(device.workload().precision) == info.precision);
    const hw::DeviceInfo again = device.info();
    CHECK(again.device == info.device);
    CHECK(again.version == info.version);
  });
}

TEST_CASE("every device returns as many positive times as it was asked for") {
  for_each_device([](hw::DeviceBackend& device) {
    for (const char* yaml : test::kTinySpaces) {
      const auto space = test::space_of(yaml);
      const auto network = device.prepare(space->lower(space->largest(), device.workload()));
      for (const int64_t runs : {1, 2, 17}) {
        const std::vector<double> times = network->measure(runs);
        REQUIRE(times.size() == static_cast<size_t>(runs));
        // Milliseconds of a network of microseconds: seconds or nanoseconds would be far off.
        for (double ms : times) CHECK((std::isfinite(ms) && ms > 1e-5 && ms < 1e4));
      }
    }
  });
}

TEST_CASE("every device runs single blocks, under keys that repeat") {
  for_each_device([](hw::DeviceBackend& device) {
    const auto space = test::space_of(test::kTinyMobileNet);
    const auto twin = test::space_of(test::kTinyMobileNet);
    const NetworkSpec spec = space->lower(space->largest(), device.workload());
    const NetworkSpec same = twin->lower(twin->largest(), device.workload());
    for (size_t b = 0; b < spec.blocks.size(); ++b) {
      CHECK(spec.blocks[b].block->key == same.blocks[b].block->key);
      const auto network = device.prepare(single_block(spec, b));
      CHECK(network->measure(1).at(0) > 0);
    }
  });
}

TEST_CASE("every device can be measured by the policy") {
  for_each_device([](hw::DeviceBackend& device) {
    const auto space = test::space_of(test::kTinyMobileNet);
    const auto network = device.prepare(space->lower(space->smallest(), device.workload()));
    const hw::Measurement m = hw::measure_network(*network, "smallest", hw::MeasureOptions{});
    CHECK(m.median_ms > 0);
    CHECK(m.count >= hw::MeasureOptions{}.min_repeats);
    CHECK(m.spread >= 0);
  });
}
