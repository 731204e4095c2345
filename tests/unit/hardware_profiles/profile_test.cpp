// Profiling a small space: one entry a distinct block, growing, resumed, refused.
#include "hardware_profiles/profile.h"

#include <algorithm>
#include <set>

#include "core/error.h"
#include "core/file.h"
#include "core/interrupt.h"
#include "hardware_profiles/space_reference.h"
#include "hardware_profiles/table_merge.h"
#include "supernet/space/block_enumeration.h"
#include "tests/support/catch.h"
#include "tests/support/scripted_network.h"
#include "tests/support/spaces.h"
#include "tests/support/temp_dir.h"

using namespace tailor;
using namespace tailor::hw;

namespace {

/// The stub with a count of what it prepared, and a failure after some networks.
class CountingDevice : public DeviceBackend {
 public:
  explicit CountingDevice(const std::string& options = "")
      : stub_(builtin_devices().create("stub", ConfigNode::parse(options, "stub.yaml"))) {}
  DeviceInfo info() const override { return stub_->info(); }
  Workload workload() const override { return stub_->workload(); }
  std::unique_ptr<PreparedNetwork> prepare(const NetworkSpec& spec) override {
    if (prepared++ == fail_at) throw DeviceError("the cable was pulled");
    if (prepared == interrupt_at) set_interrupted(true);
    return stub_->prepare(spec);
  }
  int prepared = 0, fail_at = -1, interrupt_at = -1;

 private:
  std::unique_ptr<DeviceBackend> stub_;
};

std::set<std::string> keys(const LatencyTable& table) {
  std::set<std::string> out;
  for (const auto& [key, entry] : table.entries()) out.insert(key);
  return out;
}

}  // namespace

TEST_CASE("behind another block a block costs no network of its own") {
  const test::TempDir dir;
  const auto space = test::space_of(test::kTinyMobileNet);
  CountingDevice device("network_us: 30");
  const LatencyTable alone =
      profile_space(*space, device, MeasureOptions{}, dir.file("alone.yaml")).table;
  const ProfileResult out =
      profile_in_carriers(*space, device, MeasureOptions{}, alone, dir.file("carried.yaml"));
  CHECK(keys(out.table) == keys(alone));
  CHECK(out.table.header().method == "behind the block in front");
  CHECK(out.table.header().reference_ms == alone.header().reference_ms);
  int carried = 0;
  for (const auto& [key, entry] : out.table.entries()) {
    const double before = alone.find(key)->median_ms;
    const bool first = entry.method == "alone";  // no block in front of it
    CHECK(entry.median_ms == Approx(first ? before : before - 0.03).epsilon(1e-6));
    carried += !first;
  }
  CHECK(carried == static_cast<int>(alone.entries().size()) - 2);  // stems of two image sizes
  const int prepared = device.prepared;
  profile_in_carriers(*space, device, MeasureOptions{}, alone, dir.file("carried.yaml"));
  CHECK(device.prepared == prepared);  // nothing is measured twice
}

TEST_CASE("every block of every arch has an entry, measured once") {
  const test::TempDir dir;
  const auto space = test::space_of(test::kTinyMobileNet);
  CountingDevice device;
  const ProfileResult out = profile_space(*space, device, MeasureOptions{}, dir.file("lut.yaml"));
  std::set<std::string> wanted;
  for (const Arch& arch : space->enumerate()) {
    for (const BlockUse& use : space->lower(arch).blocks) wanted.insert(use.block->key);
  }
  CHECK(keys(out.table) == wanted);
  CHECK(out.blocks == static_cast<int64_t>(wanted.size()));
  CHECK(out.measured == out.blocks);
  // And the reference network and blocks.
  const auto references = static_cast<int64_t>(out.table.header().reference_blocks.size());
  CHECK(references == std::min<int64_t>(out.blocks, 12));
  CHECK(device.prepared == out.blocks + 1 + references);
  CHECK(LatencyTable::load(dir.file("lut.yaml")).text() == out.table.text());
  CHECK(out.table.header().space == "tiny");
  CHECK(out.table.header().reference == space->print(reference_arch(*space)));
  CHECK(out.table.header().reference_ms > 0);
}

TEST_CASE("entries are what the device says") {
  const test::TempDir dir;
  const auto space = test::space_of(test::kTinyResNet);
  CountingDevice device;
  const LatencyTable table =
      profile_space(*space, device, MeasureOptions{}, dir.file("lut.yaml")).table;
  for (const BlockSite& site : enumerate_blocks(*space, {})) {
    NetworkSpec spec;
    spec.blocks.push_back({site.block, {0}});
    CHECK(table.find(site.block->key)->median_ms == Approx(device.prepare(spec)->measure(1).at(0)));
  }
}

TEST_CASE("a finished table is kept and nothing is measured") {
  const test::TempDir dir;
  const auto space = test::space_of(test::kTinyMobileNet);
  CountingDevice first, second;
  profile_space(*space, first, MeasureOptions{}, dir.file("lut.yaml"));
  const std::string before = read_file(dir.file("lut.yaml"));
  const ProfileResult again = profile_space(*space, second, MeasureOptions{}, dir.file("lut.yaml"));
  CHECK(second.prepared == 0);
  CHECK(again.measured == 0);
  CHECK(read_file(dir.file("lut.yaml")) == before);
}

TEST_CASE("what was measured before a failure or an interrupt is kept and completed") {
  const auto space = test::space_of(test::kTinyMobileNet);
  const test::TempDir whole_dir;
  CountingDevice whole_device;
  const LatencyTable whole =
      profile_space(*space, whole_device, MeasureOptions{}, whole_dir.file("lut.yaml")).table;
  for (const bool by_failure : {true, false}) {
    const test::TempDir dir;
    CountingDevice broken, healthy;
    const auto references = static_cast<int>(whole.header().reference_blocks.size());
    (by_failure ? broken.fail_at : broken.interrupt_at) = 1 + references + 3;
    if (by_failure) {
      CHECK_THROWS_AS(profile_space(*space, broken, MeasureOptions{}, dir.file("lut.yaml")),
                      DeviceError);
    } else {
      CHECK_THROWS_AS(profile_space(*space, broken, MeasureOptions{}, dir.file("lut.yaml")),
                      Interrupted);
      set_interrupted(false);
    }
    CHECK(LatencyTable::load(dir.file("lut.yaml")).entries().size() == 3);
    const ProfileResult resumed =
        profile_space(*space, healthy, MeasureOptions{}, dir.file("lut.yaml"));
    CHECK(resumed.measured == resumed.blocks - 3);
    CHECK(keys(resumed.table) == keys(whole));
    for (const auto& [key, entry] : resumed.table.entries()) {
      CHECK(entry.median_ms == whole.find(key)->median_ms);
    }
  }
}

TEST_CASE("a table of another device, space or nonsense is refused and left alone") {
  const test::TempDir dir;
  const std::string path = dir.file("lut.yaml");
  const auto space = test::space_of(test::kTinyMobileNet);
  CountingDevice device, other("threads: 2");
  profile_space(*space, device, MeasureOptions{}, path);
  const std::string before = read_file(path);
  CHECK_THROWS_WITH(profile_space(*space, other, MeasureOptions{}, path),
                    Catch::Contains(path + ": was measured with threads '1', this run has '2'"));
  const auto resnet = test::space_of(test::kTinyResNet);
  CHECK_THROWS_AS(profile_space(*resnet, device, MeasureOptions{}, path), IoError);
  CHECK(read_file(path) == before);
  write_file(path, "no table");
  CHECK_THROWS_AS(profile_space(*space, device, MeasureOptions{}, path), IoError);
}

TEST_CASE("a restriction limits what is measured") {
  const test::TempDir dir;
  const auto space = test::space_of(test::kTinyMobileNet);
  CountingDevice device;
  const Restriction only = space->restrict({{"ks", {3}}, {"r", {16}}});
  const ProfileResult out =
      profile_space(*space, device, MeasureOptions{}, dir.file("lut.yaml"), &only);
  std::set<std::string> wanted;
  for (const Arch& arch : space->enumerate()) {
    if (!space->allows(only, arch)) continue;
    for (const BlockUse& use : space->lower(arch).blocks) wanted.insert(use.block->key);
  }
  CHECK(keys(out.table) == wanted);
}

TEST_CASE("whole networks are measured in the table's terms") {
  const test::TempDir dir;
  const auto space = test::space_of(test::kTinyMobileNet);
  CountingDevice device;
  const LatencyTable table =
      profile_space(*space, device, MeasureOptions{}, dir.file("lut.yaml")).table;
  const std::vector<Arch> archs = {reference_arch(*space), space->smallest()};
  const Interleaved out = measure_archs(*space, device, archs, MeasureOptions{}, &table);
  REQUIRE(out.measurements.size() == 2);
  CHECK(out.measurements[0].median_ms == Approx(table.header().reference_ms));
  CHECK(out.measurements[1].median_ms < out.measurements[0].median_ms);
}

namespace {

/// Blocks take 4 ms, whole networks 20, all of it slower while a neighbour is busy.
class SharedDevice : public DeviceBackend {
 public:
  test::ScriptedMachine machine;
  double blocks = 1, networks = 1;  ///< how much slower each kind is beside that

  DeviceInfo info() const override {
    return {.device = "shared", .runtime = "test", .version = "1"};
  }
  Workload workload() const override { return {}; }
  std::unique_ptr<PreparedNetwork> prepare(const NetworkSpec& spec) override {
    const bool block = spec.blocks.size() == 1;
    return std::make_unique<test::ScriptedNetwork>(
        machine, block ? 4 : 20, [this, block](int64_t) { return block ? blocks : networks; });
  }
};

}  // namespace

TEST_CASE("blocks are compared with blocks and networks with networks") {
  const test::TempDir dir;
  const auto space = test::space_of(test::kTinyMobileNet);
  SharedDevice device;
  const LatencyTable before =
      profile_space(*space, device, MeasureOptions{}, dir.file("a.yaml")).table;
  // Another day: whole networks are 7 % faster, blocks 2 %.
  device.networks = 0.93, device.blocks = 0.98;
  const LatencyTable after =
      profile_space(*space, device, MeasureOptions{}, dir.file("b.yaml")).table;
  const TableDifference apart = diff_tables(before, after);
  REQUIRE(apart.scale);
  CHECK(apart.scale->factor == Approx(1 / 0.98));
  CHECK(apart.p95 == Approx(0).margin(1e-9));
  TableHeader first = before.header(), second = after.header();
  first.reference_blocks.clear(), second.reference_blocks.clear();
  CHECK(table_scale(first, second)->factor == Approx(1 / 0.93));
  // Networks measured later come out at the table's speed too.
  const std::vector<Arch> archs = {space->smallest()};
  CHECK(measure_archs(*space, device, archs, MeasureOptions{}, &before).measurements[0].median_ms ==
        Approx(20));
}

TEST_CASE("entries measured while blocks are slow by another share than networks come out right") {
  const test::TempDir dir;
  const auto space = test::space_of(test::kTinyMobileNet);
  SharedDevice device;
  const double half = 2000;
  device.machine.slowdown = [&](double now) {
    device.networks = now > half ? 1.3 : 1;
    return now > half ? 1.1 : 1;
  };
  const LatencyTable table =
      profile_space(*space, device, MeasureOptions{}, dir.file("lut.yaml")).table;
  CHECK(device.machine.now_ms > 1.5 * half);
  for (const auto& [key, entry] : table.entries()) CHECK(entry.median_ms == Approx(4));
}

TEST_CASE("entries that a busy neighbour touched are measured again when it is gone") {
  const test::TempDir dir;
  const auto space = test::space_of(test::kTinyMobileNet);
  SharedDevice device;
  // The neighbour slows the reference and the blocks by different shares, as caches do; it comes
  // in the middle of the profile and leaves before its end.
  double begin = 0, end = 0;
  device.machine.slowdown = [&](double now) { return now > begin && now < end ? 1.5 : 1.0; };
  const ProfileResult calm = profile_space(*space, device, MeasureOptions{}, dir.file("calm.yaml"));
  CHECK(calm.retaken == 0);
  const double took = device.machine.now_ms;
  begin = took + 0.3 * took;
  end = took + 0.6 * took;
  const ProfileResult busy = profile_space(*space, device, MeasureOptions{}, dir.file("busy.yaml"));
  CHECK(busy.retaken > 2);
  CHECK(busy.retaken < busy.blocks / 2);
  for (const auto& [key, entry] : busy.table.entries()) CHECK(entry.median_ms == Approx(4));
}
