// Versions, processor, seed.
#include "tools/environment.h"

#include <sys/utsname.h>
#include <torch/version.h>

#include "core/str.h"
#include "core/yaml_text.h"

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
  const hw::DeviceInfo device = session.device_info();
  return str("format_version: 1\ntailor: ", version(), "\nlibtorch: ", TORCH_VERSION,
             "\ncompiler: ", yaml_quoted(__VERSION__), "\nsystem: ", yaml_quoted(system_name()),
             "\ndevice: ", yaml_quoted(device.device),
             "\nruntime: ", yaml_quoted(device.runtime + " " + device.version),
             "\nthreads: ", session.threads, "\nseed: ", session.seed, "\n");
}

}  // namespace tailor::tools
