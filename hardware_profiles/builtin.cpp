// The list of device backends that need no library.
#include "hardware_profiles/device.h"

namespace tailor::hw {

DeviceRegistry::Factory make_stub;

DeviceRegistry builtin_devices() {
  DeviceRegistry r("device");
  r.add("stub", "a made-up device: times computed from the network, always the same", make_stub);
  return r;
}

}  // namespace tailor::hw
