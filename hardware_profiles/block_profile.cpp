// Own blocks into a table.
#include "hardware_profiles/block_profile.h"

#include <memory>
#include <utility>
#include <vector>

#include "core/error.h"
#include "core/interrupt.h"
#include "hardware_profiles/block_manner.h"
#include "hardware_profiles/space_reference.h"

namespace tailor::hw {
namespace {

/// The table, when it fits this device and space.
LatencyTable open_table(const SearchSpace& space, const DeviceBackend& backend,
                        const std::string& path) {
  LatencyTable table = LatencyTable::load(path);
  TableHeader wanted = table.header();
  wanted.device = backend.info();
  wanted.space = space.name();
  wanted.reference = space.print(reference_arch(space));
  check_same_conditions(table.header(), wanted, path);
  if (table.header().reference_ms <= 0) {
    throw IoError(str(path, ": has no time of the reference network; profile the space first"));
  }
  return table;
}

}  // namespace

BlockProfile profile_blocks(const SearchSpace& space, DeviceBackend& backend,
                            std::span<const NetworkSpec> blocks, const MeasureOptions& options,
                            const std::string& path) {
  BlockProfile out{open_table(space, backend, path)};
  std::vector<const NetworkSpec*> missing;
  for (const NetworkSpec& spec : blocks) {
    TAILOR_CHECK(spec.blocks.size() == 1, spec.name, " has ", spec.blocks.size(), " blocks");
    if (!out.table.find(spec.blocks[0].block->key)) missing.push_back(&spec);
  }
  if (missing.empty()) return out;
  Reference reference = block_reference(space, backend, options, out.table.header());
  for (const NetworkSpec* spec : missing) {
    throw_if_interrupted();
    const auto network = backend.prepare(*spec);
    const Measurement m = measure_network(*network, spec->name, options, reference);
    const std::string alone = method_text(blocks_alone(space, backend.workload()).method, options);
    const std::string method = out.table.header().method == alone ? "" : alone;
    out.table.insert(spec->blocks[0].block->key,
                     {spec->name, m.median_ms, m.spread, m.count, method});
    out.table.save(path);
    ++out.measured;
  }
  return out;
}

}  // namespace tailor::hw
