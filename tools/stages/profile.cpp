// Stage profile: the latency table of the device, and a few networks measured whole.
#include "hardware_profiles/profile.h"

#include <algorithm>
#include <span>

#include "core/error.h"
#include "core/file.h"
#include "core/log.h"
#include "core/rounded.h"
#include "hardware_profiles/block_profile.h"
#include "predictors/latency_lut.h"
#include "tools/stages/measured_networks.h"
#include "tools/stages/stage.h"
#include "tools/stages/whole_latency.h"

namespace tailor::tools {

namespace {

constexpr const char* kNetworksFile = "profile/networks.csv";
constexpr const char* kFloorFile = "profile/floor.yaml";
constexpr const char* kAloneFile = "profile/alone.yaml";
constexpr const char* kCarriedFile = "profile/carried.yaml";
/// Networks that are ready to run at the same time.
constexpr size_t kSideBySide = 40;

/// Adds the config's own blocks to the table and lists them in profile/blocks.csv.
void profile_own_blocks(const Session& s, RunDir& run, const std::string& path) {
  const hw::BlockProfile profile =
      hw::profile_blocks(*s.space, *s.profile.device, s.profile.blocks, s.profile.measure, path);
  log_info("profile: ", profile.measured, " of ", s.profile.blocks.size(),
           " own blocks measured now");
  Csv csv;
  csv.header = {"block", "median_ms", "spread", "count", "macs", "params"};
  for (const NetworkSpec& spec : s.profile.blocks) {
    const Block& block = *spec.blocks[0].block;
    const hw::TableEntry& entry = *profile.table.find(block.key);
    csv.rows.push_back({spec.name, number(entry.median_ms), number(entry.spread), str(entry.count),
                        str(block.macs), str(block.params)});
    log_info("profile: own block '", spec.name, "': ", number(entry.median_ms), " ms");
  }
  write_file(run.file("profile/blocks.csv"), csv.text());
}

/// Measures networks, a batch of them side by side, and lists them as they come: one that is cut
/// off goes on behind the last batch. table: where there is one, they are brought to its speed;
/// later batches to that of the first. Returns milliseconds.
std::vector<double> profile_networks(const Session& s, RunDir& run, const std::vector<Arch>& archs,
                                     const hw::LatencyTable* table) {
  const std::string path = run.file(kNetworksFile);
  Csv csv;
  csv.header = {"arch", "measured_ms", "spread", "count", "activation_bytes"};
  std::vector<hw::TimedArch> done;
  if (file_exists(path)) {
    csv = Csv::load(path);
    done = read_networks(*s.space, path);
  }
  while (done.size() < archs.size()) {
    const auto next =
        std::span(archs).subspan(done.size(), std::min(kSideBySide, archs.size() - done.size()));
    std::vector<std::optional<int64_t>> memory;
    const hw::Interleaved measured = hw::measure_archs(
        *s.space, *s.profile.device, next, s.profile.measure, table, anchors_of(done), &memory);
    for (size_t i = 0; i < next.size(); ++i) {
      const hw::Measurement& m = measured.measurements[i];
      csv.rows.push_back({s.space->print(next[i]), number(m.median_ms), number(m.spread),
                          str(m.count), memory[i] ? str(*memory[i]) : ""});
      done.push_back({next[i], m.median_ms, m.spread});
    }
    write_file(run.file(kFloorFile),
               str("format_version: 1\n# median relative difference between the two halves of the "
                   "rounds\nfloor: ",
                   number(measured.floor), "\n"));
    write_file(path, csv.text());
  }
  std::vector<double> measured_ms;
  for (const hw::TimedArch& network : done) measured_ms.push_back(network.ms);
  return measured_ms;
}

void report_blocks(const char* what, const hw::ProfileResult& profile) {
  log_info("profile: ", profile.measured, " of ", profile.blocks, " distinct blocks measured now",
           what, ", ", profile.retaken, " of them twice");
}

/// Leave-one-out error of a table's corrected sums.
double error_of(const Session& s, const hw::LatencyTable& table, const std::vector<Arch>& archs,
                const std::vector<double>& measured_ms) {
  predict::LatencyLut latency(*s.space, s.profile.device->workload(), table);
  latency.fit(archs, measured_ms);
  return latency.correction().residual;
}

/// The table of blocks, and the networks that correct its sums. With carriers there are two tables,
/// and that which foretells the networks better becomes profile/lut.yaml.
std::vector<std::string> profile_blocks(const Session& s, RunDir& run) {
  const std::string path = run.file("profile/lut.yaml");
  hw::DeviceBackend& device = *s.profile.device;
  const hw::ProfileResult alone = hw::profile_space(
      *s.space, device, s.profile.measure, s.profile.carriers ? run.file(kAloneFile) : path);
  report_blocks(s.profile.carriers ? " alone" : "", alone);
  std::optional<hw::ProfileResult> carried;
  if (s.profile.carriers) {
    carried = hw::profile_in_carriers(*s.space, device, s.profile.measure, alone.table,
                                      run.file(kCarriedFile));
    report_blocks(" behind another", *carried);
  }
  const predict::LatencyLut sums(*s.space, device.workload(), alone.table);
  const std::vector<Arch> archs =
      predict::correction_archs(*s.space, sums, s.profile.networks, s.rng("profile"));
  const std::vector<double> measured_ms = profile_networks(s, run, archs, &alone.table);
  std::vector<std::string> files = {"profile/lut.yaml"};
  if (carried) {
    const double by_alone = error_of(s, alone.table, archs, measured_ms);
    const double by_carried = error_of(s, carried->table, archs, measured_ms);
    log_info("profile: networks are foretold with an error of ", rounded(100 * by_alone, 1),
             " % from blocks alone, ", rounded(100 * by_carried, 1),
             " % from blocks behind another; the better table is used");
    (by_carried < by_alone ? carried->table : alone.table).save(path);
    files.insert(files.end(), {kAloneFile, kCarriedFile});
  }
  if (!s.profile.blocks.empty()) {
    profile_own_blocks(s, run, path);
    files.push_back("profile/blocks.csv");
  }
  return files;
}

}  // namespace

std::vector<std::string> run_profile(const Session& s, RunDir& run, const std::string&) {
  std::vector<std::string> files;
  if (s.profile.whole) {
    profile_networks(s, run, networks_to_learn_from(s), nullptr);
  } else {
    files = profile_blocks(s, run);
  }
  files.insert(files.end(), {kNetworksFile, kFloorFile});
  return files;
}

}  // namespace tailor::tools
