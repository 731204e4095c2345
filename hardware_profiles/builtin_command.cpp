// Adds the backend that needs ONNX files to a list of devices.
#include "hardware_profiles/device.h"

namespace tailor::hw {

DeviceRegistry::Factory make_command;

void add_command_backend(DeviceRegistry& registry) {
  registry.add("command", "any runtime on any device, through a program that speaks JSON lines",
               make_command);
}

}  // namespace tailor::hw
