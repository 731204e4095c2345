// The ladder of look-ups: each rung, the order of them, and their errors.
#include "hardware_profiles/profile_db.h"

#include "core/error.h"
#include "hardware_profiles/profile.h"
#include "supernet/space/block_enumeration.h"
#include "tests/support/catch.h"
#include "tests/support/error_text.h"
#include "tests/support/spaces.h"
#include "tests/support/temp_dir.h"

using namespace tailor;
using namespace tailor::hw;

namespace {

LatencyTable profiled(const SearchSpace& space, const std::string& stub_options = "") {
  const test::TempDir dir;
  const auto device =
      builtin_devices().create("stub", ConfigNode::parse(stub_options, "stub.yaml"));
  return profile_space(space, *device, {}, dir.file("lut.yaml")).table;
}

/// The table without every `n`-th entry.
LatencyTable thinned(const LatencyTable& table, size_t n) {
  LatencyTable out(table.header());
  size_t i = 0;
  for (const auto& [key, entry] : table.entries()) {
    if (i++ % n != 0) out.insert(key, entry);
  }
  return out;
}

/// The stub's own figures as a datasheet.
DeviceProfile stub_sheet() {
  return DeviceProfile::parse(
      "format_version: 1\ndevice: stub sheet\nprocessor: cpu\nfigures:\n"
      "  f32_gmacs_per_s: {value: 20, source: stub}\n"
      "  memory_gbytes_per_s: {value: 10, source: stub}\n"
      "  cores: {value: 1, source: stub}\n"
      "  node_us: {value: 1, source: stub}\n  network_us: {value: 20, source: stub}\n",
      "stub_sheet.yaml");
}

}  // namespace

TEST_CASE("entries come first, whatever else is allowed") {
  const auto space = test::space_of(test::kTinyMobileNet);
  const LatencyTable table = profiled(*space);
  const ProfileDb db(table, {true, profiled(*space, "threads: 1\nnode_us: 50"), stub_sheet()});
  for (const BlockSite& site : enumerate_blocks(*space, {})) {
    const ProfileDb::Answer answer = db.find(*site.block);
    CHECK(answer.rung == Rung::measured);
    CHECK(answer.ms == table.find(site.block->key)->median_ms);
  }
  CHECK(db.network_ms() == 0);
}

TEST_CASE("a missing entry is an error unless a rung is allowed") {
  const auto space = test::space_of(test::kTinyMobileNet);
  const ProfileDb db(LatencyTable(profiled(*space).header()));
  const BlockSite site = enumerate_blocks(*space, {}).front();
  const std::string text = test::error_text<Error>([&] { db.find(*site.block); });
  CHECK(text.find("has no entry for block '" + site.block->name + "' (key 'f32 in[") !=
        std::string::npos);
  CHECK(text.ends_with("; profile this space on this device"));
}

TEST_CASE("missing entries are interpolated from their neighbours, and say so") {
  const auto space = test::shipped_space("ofa_mobilenet_v3_w1.0");
  LatencyTable whole;
  const Roofline roofline{.gmacs_per_s = 20, .gbytes_per_s = 10, .node_us = 1};
  const std::vector<BlockSite> sites = enumerate_blocks(*space, {});
  for (const BlockSite& site : sites) {
    whole.insert(site.block->key,
                 {site.block->name, block_ms(roofline, *site.block, Precision::f32), 0, 1, ""});
  }
  const ProfileDb db(thinned(whole, 10), {.interpolated = true});
  int interpolated = 0;
  for (const BlockSite& site : sites) {
    if (db.table().find(site.block->key)) continue;
    const double truth = whole.find(site.block->key)->median_ms;
    try {
      const ProfileDb::Answer answer = db.find(*site.block);
      CHECK(answer.rung == Rung::interpolated);
      CHECK(answer.ms == Approx(truth).epsilon(0.3));
      ++interpolated;
    } catch (const Error& error) {  // blocks there is one of, such as the stem
      CHECK_THAT(error.what(),
                 Catch::Contains("no entry of these operations within a factor of 4"));
    }
  }
  CHECK(interpolated > 20);
}

TEST_CASE("a similar device lends its times, scaled by what both have") {
  const auto space = test::space_of(test::kTinyMobileNet);
  const LatencyTable fast = profiled(*space, "threads: 1");
  LatencyTable slow(fast.header());
  for (const auto& [key, entry] : fast.entries()) {
    slow.insert(key, {entry.label, 3 * entry.median_ms, 0, 1, ""});
  }
  const ProfileDb db(thinned(slow, 2), {.lender = fast});
  int borrowed = 0;
  for (const BlockSite& site : enumerate_blocks(*space, {})) {
    const ProfileDb::Answer answer = db.find(*site.block);
    CHECK(answer.ms == Approx(slow.find(site.block->key)->median_ms));
    borrowed += answer.rung == Rung::borrowed;
  }
  CHECK(borrowed == static_cast<int>((fast.entries().size() + 1) / 2));
  CHECK_THAT(db.description().back(), Catch::Contains(" x 3, the median ratio of "));
}

TEST_CASE("with too few common entries the references give the scale, or nothing does") {
  const auto space = test::space_of(test::kTinyMobileNet);
  const LatencyTable lender = profiled(*space);
  TableHeader header = lender.header();
  header.reference_ms *= 3;
  for (auto& [key, entry] : header.reference_blocks) entry.median_ms *= 2;
  header.device.device = "new board";
  const ProfileDb db(LatencyTable(header), {.lender = lender});
  const BlockSite site = enumerate_blocks(*space, {}).front();
  CHECK(db.find(*site.block).ms == Approx(2 * lender.find(site.block->key)->median_ms));
  header.reference_blocks.clear();
  CHECK(ProfileDb(LatencyTable(header), {.lender = lender}).find(*site.block).ms ==
        Approx(3 * lender.find(site.block->key)->median_ms));
  header.reference = "another";
  CHECK(test::error_text<Error>([&] { ProfileDb(LatencyTable(header), {.lender = lender}); }) ==
        "nothing tells how fast 'new board' is beside '" + lender.header().device.device +
            "': their tables have 0 entries in common (3 are needed) and not the same reference; "
            "measure some blocks, or leave 'borrowed' out of profile.fallback");
  header.device.batch = 4;
  CHECK_THROWS_WITH(ProfileDb(LatencyTable(header), {.lender = lender}),
                    Catch::Contains("is for batch 1 in f32 and lends nothing to one for batch 4"));
}

TEST_CASE("a datasheet alone answers for every block, with the network's overhead once") {
  const auto space = test::space_of(test::kTinyMobileNet);
  const DeviceProfile sheet = stub_sheet();
  const ProfileDb db(datasheet_table(sheet, {}, 1, space->name()), {.datasheet = sheet});
  const NetworkSpec spec = space->lower(space->largest());
  double sum = db.network_ms();
  for (const BlockUse& use : spec.blocks) {
    const ProfileDb::Answer answer = db.find(*use.block);
    CHECK(answer.rung == Rung::analytic);
    sum += answer.ms;
  }
  CHECK(sum == Approx(network_ms(sheet.roofline(Precision::f32), spec)));
  CHECK(db.table().header().device.runtime == kDatasheetRuntime);
  CHECK(db.description() ==
        std::vector<std::string>{"analytic: datasheet 'stub_sheet' x 1, peaks as printed: real "
                                 "runs take a few times as long"});
}

TEST_CASE("a datasheet is brought to the speed of what was measured") {
  const auto space = test::space_of(test::kTinyMobileNet);
  const DeviceProfile sheet = stub_sheet();
  const Roofline roofline = sheet.roofline(Precision::f32);
  const std::vector<BlockSite> sites = enumerate_blocks(*space, {});
  LatencyTable whole(datasheet_table(sheet, {}, 1, space->name()).header());
  for (const BlockSite& site : sites) {
    const double ms = 5 * block_ms(roofline, *site.block, Precision::f32);
    whole.insert(site.block->key, {site.block->name, ms, 0, 1, ""});
  }
  const ProfileDb db(thinned(whole, 3), {.datasheet = sheet});
  for (const BlockSite& site : sites) {
    CHECK(db.find(*site.block).ms == Approx(whole.find(site.block->key)->median_ms));
  }
  CHECK(db.network_ms() == 0);
}

TEST_CASE("a datasheet without the table's precision is refused") {
  const DeviceProfile sheet = stub_sheet();
  CHECK_THROWS_WITH(ProfileDb(datasheet_table(sheet, {.precision = Precision::f16}, 1, "s"),
                              {.datasheet = sheet}),
                    Catch::Contains("has no f16_gmacs_per_s"));
}
