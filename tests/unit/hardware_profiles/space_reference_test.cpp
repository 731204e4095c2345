// Which networks and blocks a space is profiled against.
#include "hardware_profiles/space_reference.h"

#include <set>

#include "core/error.h"
#include "tests/support/catch.h"
#include "tests/support/spaces.h"

using namespace tailor;
using namespace tailor::hw;

namespace {

std::unique_ptr<DeviceBackend> stub() {
  return builtin_devices().create("stub", ConfigNode::empty("stub"));
}

}  // namespace

TEST_CASE("the reference network is one of middling size") {
  const auto space = test::shipped_space("ofa_mobilenet_v3_w1.0");
  const Arch middle = reference_arch(*space);
  CHECK(space->values(middle, "d") == std::vector<double>(5, 3));
  CHECK(space->value(middle, "r") == 176);
}

TEST_CASE("twelve reference blocks are spread over what blocks cost") {
  const auto space = test::shipped_space("ofa_mobilenet_v3_w1.0");
  const std::vector<BlockSite> all = enumerate_blocks(*space, {});
  const std::vector<BlockSite> sites = reference_sites(*space, {});
  REQUIRE(sites.size() == 12);
  const size_t group = all.size() / 12;
  std::set<std::string> keys;
  for (size_t i = 0; i < sites.size(); ++i) {
    keys.insert(sites[i].block->key);
    size_t cheaper = 0;
    for (const BlockSite& other : all) cheaper += other.block->macs < sites[i].block->macs ? 1 : 0;
    CHECK(cheaper >= i * group);
    CHECK(cheaper < (i + 1) * (group + 1));
  }
  CHECK(keys.size() == 12);
  const std::vector<BlockSite> again = reference_sites(*space, {});
  for (size_t i = 0; i < sites.size(); ++i) CHECK(again[i].block->key == sites[i].block->key);
}

TEST_CASE("a small space gives all its blocks") {
  const auto space = test::space_of(test::kTinyMobileNet);
  const size_t all = enumerate_blocks(*space, {}).size();
  CHECK(reference_sites(*space, {}).size() == std::min<size_t>(all, 12));
}

TEST_CASE("a header is begun with what network and blocks take, and gone on with") {
  const auto space = test::space_of(test::kTinyMobileNet);
  const auto device = stub();
  TableHeader header;
  const Reference begun = start_reference(*space, *device, {}, header);
  CHECK(header.reference_ms ==
        Approx(device->prepare(space->lower(reference_arch(*space)))->measure(1).at(0)));
  const std::vector<BlockSite> sites = reference_sites(*space, {});
  REQUIRE(header.reference_blocks.size() == sites.size());
  for (const BlockSite& site : sites) {
    const TableEntry& entry = header.reference_blocks.at(site.block->key);
    CHECK(entry.label == site.block->name);
    CHECK(entry.count > 1);
    CHECK(entry.median_ms ==
          Approx(device->prepare(network_of(*space, {}, site))->measure(1).at(0)));
  }
  CHECK(block_reference(*space, *device, {}, header).last().slowdown == Approx(1));
  for (auto& [key, entry] : header.reference_blocks) entry.median_ms /= 2;
  CHECK(block_reference(*space, *device, {}, header).last().slowdown == Approx(2));
  CHECK(network_reference(*space, *device, {}, &header).last().slowdown == Approx(1));
}

TEST_CASE("a table without reference blocks goes on with its network, one with others is refused") {
  const auto space = test::space_of(test::kTinyMobileNet);
  const auto device = stub();
  TableHeader header;
  start_reference(*space, *device, {}, header);
  TableHeader old = header;
  old.reference_blocks.clear();
  old.reference_ms /= 3;
  CHECK(block_reference(*space, *device, {}, old).last().slowdown == Approx(3));
  header.reference_blocks.erase(header.reference_blocks.begin());
  header.reference_blocks["another"] = {"another", 1, 0, 1, ""};
  CHECK_THROWS_WITH(block_reference(*space, *device, {}, header),
                    Catch::Contains("other reference blocks"));
}
