// The list of devices.
#include "core/error.h"
#include "hardware_profiles/device.h"
#include "tests/support/catch.h"
#include "tests/support/error_text.h"

using namespace tailor;

TEST_CASE("the stub is in the list") {
  const std::vector<std::string> names = hw::builtin_devices().names();
  CHECK(std::find(names.begin(), names.end(), "stub") != names.end());
}

TEST_CASE("an unknown device lists the known ones") {
  const std::string text = test::error_text<UnknownNameError>(
      [] { hw::builtin_devices().create("stubb", ConfigNode::empty("c.yaml")); });
  CHECK(text.find("unknown device 'stubb'; did you mean 'stub'?") != std::string::npos);
}

TEST_CASE("unknown options of a device are refused") {
  CHECK_THROWS_AS(hw::builtin_devices().create("stub", ConfigNode::parse("gmacs: 3", "c.yaml")),
                  ConfigError);
}

TEST_CASE("every call gives a registry of its own") {
  hw::DeviceRegistry first = hw::builtin_devices();
  first.add_absent("gpu", "no GPU here");
  CHECK(hw::builtin_devices().entries().count("gpu") == 0);
}
