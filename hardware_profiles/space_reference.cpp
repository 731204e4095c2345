// Networks and blocks to profile a space against.
#include "hardware_profiles/space_reference.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "core/error.h"
#include "supernet/space/passes.h"

namespace tailor::hw {
namespace {

constexpr size_t kReferenceBlocks = 12;

/// starts: by key; null: measured now.
Reference reference_of(const SearchSpace& space, DeviceBackend& backend,
                       const MeasureOptions& options, const std::vector<BlockSite>& sites,
                       const TableEntries* starts) {
  std::vector<Reference::Part> parts;
  for (const BlockSite& site : sites) {
    Reference::Part part{backend.prepare(network_of(space, backend.workload(), site)),
                         "reference " + site.block->name};
    if (starts) {
      const TableEntry& entry = starts->at(site.block->key);
      part.start = ReferenceTime{entry.median_ms, entry.spread, entry.count};
    }
    parts.push_back(std::move(part));
  }
  return Reference(std::move(parts), options);
}

void check_same_blocks(const std::vector<BlockSite>& sites, const TableEntries& blocks) {
  bool same = sites.size() == blocks.size();
  for (const BlockSite& site : sites) same = same && blocks.contains(site.block->key);
  if (!same) {
    throw IoError(
        "the latency table was measured against other reference blocks than this build uses; "
        "profile the device again");
  }
}

}  // namespace

Arch reference_arch(const SearchSpace& space) {
  std::vector<int8_t> middle;
  for (const Axis& axis : space.axes()) {
    middle.push_back(static_cast<int8_t>(axis.values.size() / 2));
  }
  return space.arch(middle);
}

std::vector<BlockSite> reference_sites(const SearchSpace& space, const Workload& workload) {
  std::vector<BlockSite> all = enumerate_blocks(space, workload);
  std::sort(all.begin(), all.end(), [](const BlockSite& a, const BlockSite& b) {
    return std::tie(a.block->macs, a.block->key) < std::tie(b.block->macs, b.block->key);
  });
  const size_t count = std::min(kReferenceBlocks, all.size());
  std::vector<BlockSite> out;
  for (size_t i = 0; i < count; ++i) out.push_back(all[(2 * i + 1) * all.size() / (2 * count)]);
  return out;
}

NetworkSpec network_of(const SearchSpace& space, const Workload& workload, const BlockSite& site) {
  return single_block(space.lower(site.arch, workload), site.index);
}

Reference network_reference(const SearchSpace& space, DeviceBackend& backend,
                            const MeasureOptions& options, const TableHeader* header) {
  std::vector<Reference::Part> parts(1);
  parts[0] = {backend.prepare(space.lower(reference_arch(space), backend.workload())),
              "reference network", std::nullopt};
  if (header && header->reference_ms > 0) {
    parts[0].start = ReferenceTime{header->reference_ms, header->reference_spread, 0};
  }
  return Reference(std::move(parts), options);
}

Reference block_reference(const SearchSpace& space, DeviceBackend& backend,
                          const MeasureOptions& options, const TableHeader& header) {
  if (header.reference_blocks.empty()) return network_reference(space, backend, options, &header);
  const std::vector<BlockSite> sites = reference_sites(space, backend.workload());
  check_same_blocks(sites, header.reference_blocks);
  return reference_of(space, backend, options, sites, &header.reference_blocks);
}

Reference start_reference(const SearchSpace& space, DeviceBackend& backend,
                          const MeasureOptions& options, TableHeader& header) {
  const ReferenceTime network = network_reference(space, backend, options).starts().at(0);
  header.reference_ms = network.ms;
  header.reference_spread = network.spread;
  const std::vector<BlockSite> sites = reference_sites(space, backend.workload());
  Reference out = reference_of(space, backend, options, sites, nullptr);
  for (size_t i = 0; i < sites.size(); ++i) {
    const ReferenceTime& start = out.starts()[i];
    header.reference_blocks[sites[i].block->key] = {sites[i].block->name, start.ms, start.spread,
                                                    start.count, ""};
  }
  return out;
}

}  // namespace tailor::hw
