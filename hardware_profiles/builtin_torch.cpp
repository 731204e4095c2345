// Adds the backends that need LibTorch to a list of devices.
#include "hardware_profiles/device.h"

namespace tailor::hw {

DeviceRegistry::Factory make_cpu_torch;

void add_torch_backends(DeviceRegistry& registry) {
  registry.add("cpu_torch", "LibTorch eager on this machine's processor", make_cpu_torch);
}

}  // namespace tailor::hw
