// The seam to a device: prepare a network, run it, say what it is.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/config_node.h"
#include "core/registry.h"
#include "supernet/space/network_spec.h"

namespace tailor::hw {

/// What a figure was measured on; goes into the header of every table.
struct DeviceInfo {
  std::string device;   ///< processor, as the system names it
  std::string runtime;  ///< "cpu_torch", "stub", ...
  std::string version;  ///< of the runtime
  std::string precision = "f32";
  int64_t batch = 1;
  int64_t threads = 1;
};

/// A network that is ready to run on the device.
class PreparedNetwork {
 public:
  virtual ~PreparedNetwork() = default;
  /// Runs `runs` times and returns the milliseconds of each. Throws DeviceError.
  virtual std::vector<double> measure(int64_t runs) = 0;
  /// Most bytes that a run has in use beside the weights: input, activations, scratch; nullopt
  /// where the device cannot tell. Throws DeviceError.
  virtual std::optional<int64_t> activation_bytes() { return std::nullopt; }
};

/// Knows nothing of warm-up, repeats or statistics: that is measure.h's policy.
class DeviceBackend {
 public:
  virtual ~DeviceBackend() = default;
  virtual DeviceInfo info() const = 0;
  /// The workload (batch, precision) that networks are lowered with for this device.
  virtual Workload workload() const = 0;
  /// Throws DeviceError naming the node it cannot run.
  virtual std::unique_ptr<PreparedNetwork> prepare(const NetworkSpec& spec) = 0;
};

using DeviceRegistry = Registry<DeviceBackend>;
/// hardware_profiles/builtin.cpp: the backends that need no library. `add_command_backend`
/// (builtin_command.cpp, target tailor_hw_command) adds command, `add_native_backends`
/// (builtin_native.cpp, target tailor_hw_native) those that call a vendor's library, as far as this
/// build has it, `add_torch_backends` (builtin_torch.cpp, target tailor_hw_torch) cpu_torch.
DeviceRegistry builtin_devices();
void add_command_backend(DeviceRegistry& registry);
void add_native_backends(DeviceRegistry& registry);
void add_torch_backends(DeviceRegistry& registry);

}  // namespace tailor::hw
