// Versions, processor, seed.
#include "tools/environment.h"

#include <sys/utsname.h>
#include <torch/version.h>

#include "core/str.h"

namespace tailor::tools {
namespace {

std::string system_name() {
  utsname names{};
  return uname(&names) == 0 ? str(names.sysname, " ", names.release, " ", names.machine)
                            : "unknown";
}

}  // namespace

std::string version() { return TAILOR_VERSION; }

std::string environment_yaml(const Session& session) {
  const hw::DeviceInfo device = session.profile.device->info();
  return str("format_version: 1\ntailor: ", version(), "\nlibtorch: ", TORCH_VERSION,
             "\ncompiler: \"", __VERSION__, "\"\nsystem: \"", system_name(), "\"\ndevice: \"",
             device.device, "\"\nruntime: \"", device.runtime, " ", device.version,
             "\"\nthreads: ", session.threads, "\nseed: ", session.seed, "\n");
}

}  // namespace tailor::tools
