// The list of backends that call a vendor's library.
#include "core/error.h"
#include "hardware_profiles/device.h"
#include "tests/support/catch.h"
#include "tests/support/error_text.h"

using namespace tailor;

TEST_CASE("every native backend is there, or says why it is not") {
  hw::DeviceRegistry devices = hw::builtin_devices();
  hw::add_native_backends(devices);
  REQUIRE(devices.entries().count("onednn") == 1);
  for (const auto& [name, entry] : devices.entries()) {
    INFO(name);
    CHECK((entry.factory != nullptr) == entry.absent_because.empty());
    if (entry.factory) continue;
    const std::string text = test::error_text<ConfigError>(
        [&, n = name] { devices.create(n, ConfigNode::empty("c.yaml")); });
    CHECK(text.find("is not available: built without") != std::string::npos);
  }
}
