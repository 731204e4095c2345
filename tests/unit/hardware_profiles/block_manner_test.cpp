#include "hardware_profiles/block_manner.h"

#include <algorithm>

#include "tests/support/catch.h"
#include "tests/support/spaces.h"

using namespace tailor;
using namespace tailor::hw;

namespace {

Measurement of(double ms, double spread) {
  Measurement out;
  out.median_ms = ms;
  out.spread = spread;
  out.count = 50;
  return out;
}

}  // namespace

TEST_CASE("a block alone keeps what was measured") {
  const auto space = test::space_of(test::kTinyMobileNet);
  const BlockManner manner = blocks_alone(*space, {});
  for (const BlockSite& site : enumerate_blocks(*space, {})) {
    CHECK(manner.network(site).blocks.size() == 1);
    const TableEntry entry = manner.entry(site, of(2, 0.01));
    CHECK(entry.median_ms == 2);
    CHECK(entry.spread == 0.01);
    CHECK(entry.method.empty());
  }
}

TEST_CASE("a block in a carrier is what it adds to the block in front of it") {
  const auto space = test::space_of(test::kTinyMobileNet);
  const std::vector<BlockSite> sites = enumerate_blocks(*space, {});
  LatencyTable table{TableHeader{}};
  for (const BlockSite& site : sites) table.insert(site.block->key, {"b", 1, 0.04, 10, ""});
  const BlockManner manner = blocks_in_carriers(*space, {}, table);
  int carried = 0;
  for (const BlockSite& site : sites) {
    const NetworkSpec network = manner.network(site);
    CHECK(network.blocks.back().block->key == site.block->key);
    const TableEntry entry = manner.entry(site, of(3, 0.01));
    if (site.index == 0) {
      CHECK(network.blocks.size() == 1);
      CHECK(entry.median_ms == 1);
      CHECK(entry.method == "alone");
      continue;
    }
    ++carried;
    CHECK(network.blocks.size() == 2);
    CHECK(entry.median_ms == 2);
    CHECK(entry.spread == Approx(0.025));  // 0.03 and 0.04 ms of 2 ms
    CHECK(entry.count == 50);
    for (const double ms : {0.9, 1.01, 1.04}) {  // 1 ms in front is certain to 0.04 ms
      const TableEntry nothing = manner.entry(site, of(ms, 0.01));
      CHECK(nothing.median_ms == 1);
      CHECK(nothing.method == "alone");
    }
  }
  CHECK(carried > 5);
}
