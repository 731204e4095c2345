// Profiling a space on a device.
#include "hardware_profiles/profile.h"

#include <chrono>
#include <cmath>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "core/error.h"
#include "core/file.h"
#include "core/interrupt.h"
#include "core/log.h"
#include "core/yaml_text.h"
#include "supernet/space/block_enumeration.h"
#include "supernet/space/passes.h"

namespace tailor::hw {
namespace {

using Clock = std::chrono::steady_clock;

/// The table on disk: written when a second has passed since the last time.
class GrowingTable {
 public:
  GrowingTable(LatencyTable table, std::string path)
      : table_(std::move(table)), path_(std::move(path)), saved_(Clock::now()) {}

  LatencyTable& table() { return table_; }

  void add(const std::string& key, TableEntry entry) {
    table_.insert(key, std::move(entry));
    if (Clock::now() - saved_ >= std::chrono::seconds(1)) save();
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

std::optional<Reference::Reading> start_of(const TableHeader& header) {
  if (header.reference_ms <= 0) return std::nullopt;
  return Reference::Reading{header.reference_ms, header.reference_spread};
}

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

TableEntry measure_site(const SearchSpace& space, DeviceBackend& backend, const BlockSite& site,
                        const MeasureOptions& options, Reference& reference) {
  const NetworkSpec whole = space.lower(site.arch, backend.workload());
  const auto network = backend.prepare(single_block(whole, site.index));
  const Measurement m = measure_network(*network, site.block->name, options, reference);
  if (std::abs(m.drift) > options.drift_tolerance) {
    log_warning("block '", site.block->name, "': the machine's speed moved by ",
                number(std::round(m.drift * 1000) / 10), " % in each of ", m.retaken + 1, " takes");
  }
  return {site.block->name, m.median_ms, m.spread, m.count, ""};
}

}  // namespace

ProfileResult profile_space(const SearchSpace& space, DeviceBackend& backend,
                            const MeasureOptions& options, const std::string& path,
                            const Restriction* only) {
  const std::vector<BlockSite> sites = enumerate_blocks(space, backend.workload(), only);
  const Arch smallest = space.smallest();
  TableHeader wanted{backend.info(), utc_now(), space.name(), "alone", space.print(smallest)};
  LatencyTable table = open_table(wanted, path);
  const std::vector<const BlockSite*> missing = missing_sites(sites, table);
  const auto blocks = static_cast<int64_t>(sites.size());
  if (missing.empty()) return {std::move(table), blocks, 0};

  const auto prepared = backend.prepare(space.lower(smallest, backend.workload()));
  Reference reference(*prepared, "reference", options, start_of(table.header()));
  if (table.header().reference_ms <= 0) {
    wanted.reference_ms = reference.start().ms;
    wanted.reference_spread = reference.start().spread;
    table = LatencyTable(wanted);
  }
  GrowingTable growing(std::move(table), path);
  Progress progress("profile", blocks, "blocks");
  int64_t done = blocks - static_cast<int64_t>(missing.size());
  progress.start_at(done);
  try {
    for (const BlockSite* site : missing) {
      throw_if_interrupted();
      growing.add(site->block->key, measure_site(space, backend, *site, options, reference));
      progress.update(++done, site->block->name);
    }
  } catch (...) {
    growing.save();
    throw;
  }
  growing.save();
  progress.finish();
  return {std::move(growing.table()), blocks, static_cast<int64_t>(missing.size())};
}

Interleaved measure_archs(const SearchSpace& space, DeviceBackend& backend,
                          std::span<const Arch> archs, const MeasureOptions& options,
                          const LatencyTable* table) {
  const Workload workload = backend.workload();
  std::vector<std::unique_ptr<PreparedNetwork>> networks;
  std::vector<NamedNetwork> named;
  for (const Arch& arch : archs) {
    networks.push_back(backend.prepare(space.lower(arch, workload)));
    named.push_back({space.print(arch), networks.back().get()});
  }
  const auto prepared = backend.prepare(space.lower(space.smallest(), workload));
  Reference reference(*prepared, "reference", options,
                      table ? start_of(table->header()) : std::nullopt);
  const auto total = options.rounds * static_cast<int64_t>(archs.size());
  Progress progress("measure", total, "figures");
  Interleaved out = measure_interleaved(named, options, &reference,
                                        [&](int64_t done, int64_t) { progress.update(done); });
  progress.finish();
  return out;
}

}  // namespace tailor::hw
