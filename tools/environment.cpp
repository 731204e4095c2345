// Versions and the closing summary.
#include "tools/environment.h"

#include <sys/utsname.h>
#include <torch/version.h>

#include <cmath>
#include <fstream>

#include "core/file.h"
#include "core/str.h"
#include "tools/stages/finalist_rows.h"

namespace tailor::tools {
namespace {

std::string system_name() {
  utsname names{};
  return uname(&names) == 0 ? str(names.sysname, " ", names.release, " ", names.machine) : "unknown";
}

std::string percent(double fraction) {
  return str(number(std::round(fraction * 1e4) / 100), " %");
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

std::string summary_text(const Session& session, const RunDir& run) {
  const std::string path = run.file("finalists.csv");
  if (!file_exists(path)) return "";
  const std::vector<FinalistRow> rows = read_finalists(path);
  std::string out;
  for (const FinalistRow& row : rows) {
    if (!row.is_winner()) continue;
    out += str("winner       ", row.arch, "\naccuracy     ", percent(row.accuracy),
               " on test images\nlatency      ", number(std::round(row.latency_ms * 1e4) / 1e4),
               " ms measured, ", number(std::round(row.predicted_latency_ms * 1e4) / 1e4),
               " predicted, limit ", number(std::round(row.limit_ms * 1e4) / 1e4), "\nsize         ",
               number(row.macs / 1e6), " M MACs, ", number(row.params / 1e3), " k parameters\n");
  }
  const std::string folder = run.file("export/" + session.exports.name);
  if (file_exists(folder + "/card.md")) out += str("exported to  ", folder, "\n");
  if (file_exists(run.file("report.html"))) out += str("report       ", run.file("report.html"), "\n");
  return out;
}

}  // namespace tailor::tools
