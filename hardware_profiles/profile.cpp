// Profiling a space on a device.
#include "hardware_profiles/profile.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>
#include <utility>
#include <vector>

#include "core/error.h"
#include "core/file.h"
#include "core/interrupt.h"
#include "core/log.h"
#include "core/yaml_text.h"
#include "hardware_profiles/block_manner.h"
#include "hardware_profiles/space_reference.h"
#include "hardware_profiles/statistics.h"
#include "supernet/space/block_enumeration.h"

namespace tailor::hw {
namespace {

using Clock = std::chrono::steady_clock;

/// A killed profile loses one entry; only entries quicker than this are saved several at a time.
constexpr std::chrono::milliseconds kSaveInterval{50};

/// The table on disk.
class GrowingTable {
 public:
  GrowingTable(LatencyTable table, std::string path)
      : table_(std::move(table)), path_(std::move(path)), saved_(Clock::now()) {}

  LatencyTable& table() { return table_; }

  void add(const std::string& key, TableEntry entry) {
    table_.insert(key, std::move(entry));
    if (Clock::now() - saved_ >= kSaveInterval) save();
  }

  void save() {
    table_.save(path_);
    saved_ = Clock::now();
  }

 private:
  LatencyTable table_;
  std::string path_;
  Clock::time_point saved_;
};

/// The table at `path` when it fits this run; a new one with the reference's speed otherwise.
LatencyTable open_table(const TableHeader& wanted, const std::string& path) {
  if (!file_exists(path)) return LatencyTable(wanted);
  LatencyTable table = LatencyTable::load(path);
  check_same_conditions(table.header(), wanted, path);
  return table;
}

std::vector<const BlockSite*> missing_sites(const std::vector<BlockSite>& sites,
                                            const LatencyTable& table) {
  std::vector<const BlockSite*> out;
  for (const BlockSite& site : sites) {
    if (!table.find(site.block->key)) out.push_back(&site);
  }
  return out;
}

/// One run of the profiler over the blocks that a table lacks.
class Profiler {
 public:
  Profiler(const BlockManner& manner, DeviceBackend& backend, const MeasureOptions& options,
           Reference& reference, GrowingTable& table)
      : manner_(manner),
        backend_(backend),
        options_(options),
        reference_(reference),
        table_(table) {}

  void measure(const std::vector<const BlockSite*>& sites, Progress& progress, int64_t done) {
    for (const BlockSite* site : sites) {
      throw_if_interrupted();
      const Measurement m = measure_site(*site);
      add(*site, m);
      taken_.push_back({site, m});
      progress.update(++done, site->block->name);
    }
  }

  /// Measures again what was touched by a busy machine; how many.
  int64_t retake_busy() {
    const double calm = calm_slowdown() * (1 + 2 * options_.drift_tolerance);
    int64_t retaken = 0;
    for (Taken& taken : taken_) {
      if (taken.measurement.slowdown <= calm) continue;
      throw_if_interrupted();
      const Measurement again = measure_site(*taken.site);
      ++retaken;
      if (again.slowdown >= taken.measurement.slowdown) continue;
      taken.measurement = again;
      add(*taken.site, again);
    }
    return retaken;
  }

  /// Tells of entries that stayed uncertain.
  void report() const {
    int64_t moved = 0, wide = 0, bimodal = 0;
    for (const Taken& taken : taken_) {
      moved += std::abs(taken.measurement.drift) > options_.drift_tolerance ? 1 : 0;
      wide += table_.table().find(taken.site->block->key)->spread > options_.max_spread ? 1 : 0;
      bimodal += taken.measurement.bimodal ? 1 : 0;
    }
    const auto warn = [&](int64_t count, const std::string& what) {
      if (count > 0) log_warning("profile: ", count, " of ", taken_.size(), " blocks ", what);
    };
    warn(moved, "were measured while the machine's speed moved, in every take");
    warn(wide, str("are less certain than +-", number(options_.max_spread * 100), " %"));
    warn(bimodal, "run at two speeds");
  }

 private:
  struct Taken {
    const BlockSite* site;
    Measurement measurement;
  };

  Measurement measure_site(const BlockSite& site) {
    const auto network = backend_.prepare(manner_.network(site));
    return measure_network(*network, site.block->name, options_, reference_);
  }

  void add(const BlockSite& site, const Measurement& m) {
    table_.add(site.block->key, manner_.entry(site, m));
  }

  /// The reference's slowdown in its calm quarter.
  double calm_slowdown() const {
    std::vector<double> readings;
    for (const Taken& taken : taken_) readings.push_back(taken.measurement.slowdown);
    std::sort(readings.begin(), readings.end());
    return readings.at(readings.size() / 4);
  }

  const BlockManner& manner_;
  DeviceBackend& backend_;
  const MeasureOptions& options_;
  Reference& reference_;
  GrowingTable& table_;
  std::vector<Taken> taken_;
};

/// The last measurements are the anchors'; they leave, having told the machine's speed.
void bring_to_anchors(Interleaved& measured, std::span<const TimedArch> anchors) {
  if (anchors.empty()) return;
  const size_t archs = measured.measurements.size() - anchors.size();
  std::vector<double> ratios;
  for (size_t i = 0; i < anchors.size(); ++i) {
    ratios.push_back(anchors[i].ms / measured.measurements[archs + i].median_ms);
  }
  const double scale = median(ratios);
  measured.measurements.resize(archs);
  measured.rounds_ms.resize(archs);
  for (Measurement& m : measured.measurements) {
    m.median_ms *= scale;
    m.scale *= scale;
  }
  for (std::vector<double>& rounds : measured.rounds_ms) {
    for (double& ms : rounds) ms *= scale;
  }
  log_info("measure: ", anchors.size(), " networks measured with the table took ",
           number(std::round(1000 / scale) / 10), " % of their time then; all are scaled by it");
}

TableHeader header_of(const SearchSpace& space, const DeviceBackend& backend,
                      const MeasureOptions& options, const BlockManner& manner) {
  return {backend.info(), utc_now(), space.name(), method_text(manner.method, options),
          space.print(reference_arch(space))};
}

/// wanted: of the table; with a reference's times it is brought to that speed, else one begins.
ProfileResult profile(const SearchSpace& space, DeviceBackend& backend,
                      const MeasureOptions& options, const std::string& path,
                      const std::vector<BlockSite>& sites, const BlockManner& manner,
                      TableHeader wanted) {
  LatencyTable table = open_table(wanted, path);
  std::vector<const BlockSite*> missing = missing_sites(sites, table);
  // In a random order, so that a slow minute of the machine does not fall on one image size.
  Rng(1).fork("order of blocks").shuffle(missing);
  const auto blocks = static_cast<int64_t>(sites.size());
  if (missing.empty()) return {std::move(table), blocks, 0, 0};

  const bool begun = table.header().reference_ms > 0;
  Reference reference = begun ? block_reference(space, backend, options, table.header())
                              : start_reference(space, backend, options, wanted);
  if (!begun) table = LatencyTable(wanted);
  GrowingTable growing(std::move(table), path);
  Profiler profiler(manner, backend, options, reference, growing);
  Progress progress("profile", blocks, "blocks");
  const auto count = static_cast<int64_t>(missing.size());
  progress.start_at(blocks - count);
  int64_t retaken = 0;
  try {
    profiler.measure(missing, progress, blocks - count);
    retaken = profiler.retake_busy();
  } catch (...) {
    growing.save();
    throw;
  }
  growing.save();
  progress.finish();
  profiler.report();
  return {std::move(growing.table()), blocks, count, retaken};
}

}  // namespace

ProfileResult profile_space(const SearchSpace& space, DeviceBackend& backend,
                            const MeasureOptions& options, const std::string& path,
                            const Restriction* only) {
  const BlockManner manner = blocks_alone(space, backend.workload());
  return profile(space, backend, options, path, enumerate_blocks(space, backend.workload(), only),
                 manner, header_of(space, backend, options, manner));
}

ProfileResult profile_in_carriers(const SearchSpace& space, DeviceBackend& backend,
                                  const MeasureOptions& options, const LatencyTable& alone,
                                  const std::string& path) {
  const BlockManner manner = blocks_in_carriers(space, backend.workload(), alone);
  // At the speed of the other table, since its entries are taken away.
  TableHeader wanted = alone.header();
  const TableHeader own = header_of(space, backend, options, manner);
  wanted.date = own.date;
  wanted.method = own.method;
  return profile(space, backend, options, path, enumerate_blocks(space, backend.workload()), manner,
                 std::move(wanted));
}

Interleaved measure_archs(const SearchSpace& space, DeviceBackend& backend,
                          std::span<const Arch> archs, const MeasureOptions& options,
                          const LatencyTable* table, std::span<const TimedArch> anchors,
                          std::vector<std::optional<int64_t>>* activation_bytes) {
  const Workload workload = backend.workload();
  std::vector<Arch> all(archs.begin(), archs.end());
  for (const TimedArch& anchor : anchors) all.push_back(anchor.arch);
  std::vector<std::unique_ptr<PreparedNetwork>> networks;
  std::vector<NamedNetwork> named;
  for (const Arch& arch : all) {
    networks.push_back(backend.prepare(space.lower(arch, workload)));
    named.push_back({space.print(arch), networks.back().get()});
  }
  Reference reference =
      network_reference(space, backend, options, table ? &table->header() : nullptr);
  const auto total = options.rounds * static_cast<int64_t>(all.size());
  Progress progress("measure", total, "figures");
  Interleaved out = measure_interleaved(named, options, &reference,
                                        [&](int64_t done, int64_t) { progress.update(done); });
  progress.finish();
  for (size_t i = 0; activation_bytes && i < archs.size(); ++i) {
    activation_bytes->push_back(networks[i]->activation_bytes());
  }
  bring_to_anchors(out, anchors);
  return out;
}

}  // namespace tailor::hw
