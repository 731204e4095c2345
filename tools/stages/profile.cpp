// Stage profile: the latency table of the device, and a few networks measured whole.
#include "hardware_profiles/profile.h"
#include "core/error.h"
#include "core/file.h"
#include "core/log.h"
#include "predictors/latency_lut.h"
#include "tools/stages/stage.h"

namespace tailor::tools {

std::vector<std::string> run_profile(const Session& s, RunDir& run, const std::string&) {
  const std::string path = run.file("profile/lut.yaml");
  hw::DeviceBackend& device = *s.profile.device;
  const hw::ProfileResult profile = hw::profile_space(*s.space, device, s.profile.measure, path);
  log_info("profile: ", profile.measured, " of ", profile.blocks, " distinct blocks measured now");
  const predict::LatencyLut sums(*s.space, device.workload(), profile.table);
  const std::vector<Arch> archs =
      predict::correction_archs(*s.space, sums, s.profile.networks, s.rng("profile"));
  const hw::Interleaved whole =
      hw::measure_archs(*s.space, device, archs, s.profile.measure, &profile.table);
  Csv csv;
  csv.header = {"arch", "measured_ms", "spread", "count"};
  for (size_t i = 0; i < archs.size(); ++i) {
    const hw::Measurement& m = whole.measurements[i];
    csv.rows.push_back(
        {s.space->print(archs[i]), number(m.median_ms), number(m.spread), str(m.count)});
  }
  write_file(run.file("profile/networks.csv"), csv.text());
  write_file(run.file("profile/floor.yaml"),
             str("format_version: 1\n# median relative difference between the two halves of the "
                 "rounds\nfloor: ",
                 number(whole.floor), "\n"));
  return {"profile/lut.yaml", "profile/networks.csv", "profile/floor.yaml"};
}

}  // namespace tailor::tools
