// Own blocks measured into a space's table.
#include "hardware_profiles/block_profile.h"

#include "core/error.h"
#include "core/file.h"
#include "hardware_profiles/own_blocks.h"
#include "hardware_profiles/profile.h"
#include "tests/support/catch.h"
#include "tests/support/spaces.h"
#include "tests/support/temp_dir.h"

using namespace tailor;
using namespace tailor::hw;

namespace {

std::unique_ptr<DeviceBackend> stub(const std::string& options = "") {
  return builtin_devices().create("stub", ConfigNode::parse(options, "stub.yaml"));
}

std::vector<NetworkSpec> own_blocks() {
  return read_own_blocks(
      ConfigNode::parse(
          "blocks:\n"
          "  - {name: a, input: [1, 8, 9, 9], nodes: [{op: conv2d, out: 8, kernel: 1}]}\n"
          "  - {name: b, input: [1, 8, 9, 9], nodes: [{op: conv2d, out: 64, kernel: 3}]}\n",
          "run.yaml"),
      {});
}

}  // namespace

TEST_CASE("own blocks get entries beside the space's, once") {
  const test::TempDir dir;
  const std::string path = dir.file("lut.yaml");
  const auto space = test::space_of(test::kTinyMobileNet);
  const auto device = stub();
  const ProfileResult before = profile_space(*space, *device, {}, path);
  const std::vector<NetworkSpec> blocks = own_blocks();
  const BlockProfile out = profile_blocks(*space, *device, blocks, {}, path);
  CHECK(out.measured == 2);
  CHECK(out.table.entries().size() == before.table.entries().size() + 2);
  for (const NetworkSpec& spec : blocks) {
    const TableEntry* entry = out.table.find(spec.blocks[0].block->key);
    REQUIRE(entry);
    CHECK(entry->label == spec.name);
    CHECK(entry->median_ms == Approx(device->prepare(spec)->measure(1).at(0)));
  }
  CHECK(LatencyTable::load(path).text() == out.table.text());
  CHECK(profile_blocks(*space, *device, blocks, {}, path).measured == 0);
  const ProfileResult after = profile_space(*space, *device, {}, path);
  CHECK(after.measured == 0);
  CHECK(after.table.entries().size() == out.table.entries().size());
}

TEST_CASE("a table of another device or without a reference is refused") {
  const test::TempDir dir;
  const std::string path = dir.file("lut.yaml");
  const auto space = test::space_of(test::kTinyMobileNet);
  const auto device = stub();
  const LatencyTable table = profile_space(*space, *device, {}, path).table;
  CHECK_THROWS_WITH(profile_blocks(*space, *stub("threads: 2"), own_blocks(), {}, path),
                    Catch::Contains(path + ": was measured with "));
  TableHeader header = table.header();
  header.reference_ms = 0;
  LatencyTable(header).save(path);
  CHECK_THROWS_WITH(profile_blocks(*space, *device, own_blocks(), {}, path),
                    Catch::Contains("has no time of the reference network; profile the space"));
  CHECK_THROWS_AS(profile_blocks(*space, *device, own_blocks(), {}, dir.file("absent.yaml")),
                  IoError);
}
