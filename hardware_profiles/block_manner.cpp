// Networks of one block and of two.
#include "hardware_profiles/block_manner.h"

#include <cmath>
#include <optional>
#include <utility>

#include "hardware_profiles/space_reference.h"
#include "supernet/space/passes.h"

namespace tailor::hw {

std::string method_text(const std::string& method, const MeasureOptions& options) {
  return method + (options.cold ? ", cold caches" : "");
}

BlockManner blocks_alone(const SearchSpace& space, const Workload& workload) {
  return {"alone",
          [&space, workload](const BlockSite& site) { return network_of(space, workload, site); },
          [](const BlockSite& site, const Measurement& m) {
            return TableEntry{site.block->name, m.median_ms, m.spread, m.count, ""};
          }};
}

BlockManner blocks_in_carriers(const SearchSpace& space, const Workload& workload,
                               const LatencyTable& table) {
  const auto pair_of = [&space, workload](const BlockSite& site) {
    return with_producer(space.lower(site.arch, workload), site.index);
  };
  const auto network = [&space, workload, pair_of](const BlockSite& site) {
    std::optional<NetworkSpec> pair = pair_of(site);
    return pair ? std::move(*pair) : network_of(space, workload, site);
  };
  const auto entry = [&table, pair_of](const BlockSite& site, const Measurement& m) {
    const TableEntry& own = *table.find(site.block->key);
    const std::optional<NetworkSpec> pair = pair_of(site);
    TableEntry out{site.block->name, own.median_ms, own.spread, own.count, table.header().method};
    if (!pair) return out;
    const TableEntry& front = *table.find(pair->blocks[0].block->key);
    const double rest = m.median_ms - front.median_ms;
    const double uncertain = std::hypot(m.spread * m.median_ms, front.spread * front.median_ms);
    if (rest <= uncertain) return out;
    return TableEntry{site.block->name, rest, uncertain / rest, m.count, ""};
  };
  return {"behind the block in front", network, entry};
}

}  // namespace tailor::hw
