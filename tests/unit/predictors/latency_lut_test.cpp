// covers: predictors/latency_tables.cpp
// Latency from a table, corrected on whole networks.
#include "predictors/latency_lut.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "hardware_profiles/profile.h"
#include "predictors/cost_estimator.h"
#include "tests/support/catch.h"
#include "tests/support/spaces.h"
#include "tests/support/temp_dir.h"

using namespace tailor;
using namespace tailor::predict;

namespace {

std::unique_ptr<hw::DeviceBackend> stub(const std::string& options = "network_us: 30") {
  return hw::builtin_devices().create("stub", ConfigNode::parse(options, "stub.yaml"));
}

hw::LatencyTable profiled(const SearchSpace& space, hw::DeviceBackend& device) {
  const test::TempDir dir;
  return hw::profile_space(space, device, {}, dir.file("lut.yaml")).table;
}

std::vector<double> times(const SearchSpace& space, hw::DeviceBackend& device,
                          const std::vector<Arch>& archs) {
  std::vector<double> out;
  for (const Arch& arch : archs) out.push_back(device.prepare(space.lower(arch))->measure(1).at(0));
  return out;
}

}  // namespace

TEST_CASE("without a correction the value is the sum of the entries") {
  const auto space = test::space_of(test::kTinyMobileNet);
  const auto device = stub("network_us: 0");
  const LatencyLut lut(*space, device->workload(), profiled(*space, *device));
  const std::vector<Arch> archs = space->enumerate();
  const std::vector<double> truth = times(*space, *device, archs);
  std::vector<Estimate> out(archs.size());
  lut.estimate(archs, out);
  for (size_t i = 0; i < archs.size(); ++i) {
    CHECK(out[i].value == Approx(truth[i]));
    CHECK(out[i].provenance == Provenance::measured);
  }
  CHECK(lut.metric() == "latency_ms");
}

TEST_CASE("a few whole networks correct the overhead counted too often") {
  const auto space = test::space_of(test::kTinyMobileNet);
  const auto device = stub();
  LatencyLut lut(*space, device->workload(), profiled(*space, *device));
  const std::vector<Arch> all = space->enumerate();
  const std::vector<double> truth = times(*space, *device, all);
  const double before = std::abs(estimate_one(lut, all[7]) / truth[7] - 1);
  CHECK(before > 0.3);
  const std::vector<Arch> few = correction_archs(*space, CostEstimator(*space, "macs"), 10, Rng(1));
  REQUIRE(few.size() == 10);
  lut.fit(few, times(*space, *device, few));
  std::vector<Estimate> out(all.size());
  lut.estimate(all, out);
  for (size_t i = 0; i < all.size(); ++i) {
    CHECK(out[i].value == Approx(truth[i]).epsilon(0.03));
    CHECK(out[i].provenance == Provenance::fitted);
    CHECK(out[i].uncertainty == Approx(lut.correction().residual * out[i].value));
  }
}

TEST_CASE("a saved correction gives the same values, one of another device is refused") {
  const auto space = test::space_of(test::kTinyMobileNet);
  const auto device = stub(), other = stub("threads: 2");
  LatencyLut lut(*space, device->workload(), profiled(*space, *device));
  const std::vector<Arch> archs = space->enumerate();
  lut.fit(archs, times(*space, *device, archs));
  LatencyLut again(*space, device->workload(), lut.table());
  again.set_correction(LatencyCorrection::parse(lut.correction().text(), "latency.yaml"));
  for (const Arch& arch : archs) CHECK(estimate_one(again, arch) == estimate_one(lut, arch));
  LatencyLut elsewhere(*space, other->workload(), profiled(*space, *other));
  CHECK_THROWS_WITH(elsewhere.set_correction(lut.correction()), Catch::Contains("2 threads"));
}

TEST_CASE("a missing entry names its block, and is no default") {
  const auto space = test::space_of(test::kTinyMobileNet);
  const auto device = stub();
  const hw::LatencyTable whole = profiled(*space, *device);
  hw::LatencyTable partial(whole.header());
  const NetworkSpec spec = space->lower(space->largest());
  for (const auto& [key, entry] : whole.entries()) {
    if (key != spec.blocks[1].block->key) partial.insert(key, entry);
  }
  const LatencyLut lut(*space, device->workload(), partial);
  CHECK_THROWS_WITH(estimate_one(lut, space->largest()),
                    Catch::Contains("no entry for block '" + spec.blocks[1].block->name + "'"));
  CHECK_NOTHROW(estimate_one(lut, space->smallest()));
}

TEST_CASE("blocks without an entry fall back where allowed, and the value says so") {
  const auto space = test::space_of(test::kTinyMobileNet);
  const auto device = stub("network_us: 0\nvariety: 0");
  const hw::LatencyTable whole = profiled(*space, *device);
  hw::LatencyTable partial(whole.header());
  const NetworkSpec spec = space->lower(space->largest());
  const std::string hole = spec.blocks[1].block->key;
  for (const auto& [key, entry] : whole.entries()) {
    if (key != hole) partial.insert(key, entry);
  }
  const double missing_ms = whole.find(hole)->median_ms;
  const LatencyLut lut(*space, device->workload(), hw::ProfileDb(partial, {.lender = whole}));
  const LatencySources sources = lut.sources(space->largest());
  CHECK(sources.worst() == hw::Rung::borrowed);
  CHECK(sources.ms[static_cast<size_t>(hw::Rung::borrowed)] == Approx(missing_ms));
  CHECK(sources.inexact_share() == Approx(missing_ms / sources.total_ms()));
  CHECK_THAT(sources.text(), Catch::Contains(" ms measured, ") && Catch::Contains(" %) borrowed"));
  std::vector<Estimate> out(2);
  lut.estimate(std::vector<Arch>{space->largest(), space->smallest()}, out);
  CHECK(out[0].provenance == Provenance::borrowed);
  CHECK(out[0].value == Approx(sources.total_ms()));
  CHECK(out[1].provenance == Provenance::measured);
  CHECK(lut.sources(space->smallest()).inexact_share() == Approx(0).margin(1e-12));
}

TEST_CASE("a correction does not make a borrowed or interpolated sum look fitted") {
  const auto space = test::space_of(test::kTinyMobileNet);
  const auto device = stub("network_us: 0\nvariety: 0");
  const hw::LatencyTable whole = profiled(*space, *device);
  hw::LatencyTable partial(whole.header());
  const std::string hole = space->lower(space->largest()).blocks[1].block->key;
  for (const auto& [key, entry] : whole.entries()) {
    if (key != hole) partial.insert(key, entry);
  }
  LatencyLut lut(*space, device->workload(), hw::ProfileDb(partial, {.interpolated = true}));
  const std::vector<Arch> archs = space->enumerate();
  lut.fit(archs, times(*space, *device, archs));
  std::vector<Estimate> out(2);
  lut.estimate(std::vector<Arch>{space->largest(), space->smallest()}, out);
  CHECK(out[0].provenance == Provenance::interpolated);
  CHECK(out[1].provenance == Provenance::fitted);
}

TEST_CASE("a datasheet alone scores every arch, all of it analytic") {
  const auto space = test::space_of(test::kTinyMobileNet);
  const hw::DeviceProfile sheet = hw::find_profile("raspberry_pi_4");
  const LatencyLut lut(
      *space, {},
      hw::ProfileDb(hw::datasheet_table(sheet, {}, 4, space->name()), {.datasheet = sheet}));
  const std::vector<Arch> archs = space->enumerate();
  std::vector<Estimate> out(archs.size());
  lut.estimate(archs, out);
  const hw::Roofline roofline = sheet.roofline(Precision::f32);
  for (size_t i = 0; i < archs.size(); ++i) {
    CHECK(out[i].value == Approx(hw::network_ms(roofline, space->lower(archs[i]))));
    CHECK(out[i].provenance == Provenance::analytic);
    CHECK(lut.sources(archs[i]).inexact_share() == 1);
  }
  CHECK_THAT(lut.sources(archs[0]).text(),
             Catch::StartsWith("0 of ") && Catch::EndsWith("(100 %) analytic"));
}

TEST_CASE("a table for another batch is refused") {
  const auto space = test::space_of(test::kTinyMobileNet);
  const auto device = stub();
  const hw::LatencyTable table = profiled(*space, *device);
  CHECK_THROWS_WITH(LatencyLut(*space, Workload{.batch = 4}, table),
                    Catch::Contains("is for batch 1 in f32, networks are lowered for batch 4"));
}

TEST_CASE("correction networks hold both ends and cover the range") {
  const auto space = test::shipped_space("ofa_mobilenet_v3_w1.0");
  const CostEstimator macs(*space, "macs");
  const std::vector<Arch> archs = correction_archs(*space, macs, 20, Rng(2));
  REQUIRE(archs.size() == 20);
  CHECK(archs[0] == space->smallest());
  CHECK(archs[1] == space->largest());
  std::vector<double> sizes;
  for (const Arch& arch : archs) sizes.push_back(estimate_one(macs, arch));
  std::sort(sizes.begin(), sizes.end());
  CHECK(std::adjacent_find(sizes.begin(), sizes.end()) == sizes.end());
  const double reach = sizes[18] - sizes[1];  // of the random ones
  for (size_t i = 2; i < 18; ++i) CHECK(sizes[i + 1] - sizes[i] < 0.25 * reach);
  CHECK(correction_archs(*space, macs, 20, Rng(2)) == archs);
  CHECK(correction_archs(*space, macs, 20, Rng(3)) != archs);
}

TEST_CASE("correction networks stay within a restriction and a small space") {
  const auto space = test::space_of(test::kTinyMobileNet);
  const CostEstimator macs(*space, "macs");
  const Restriction only = space->restrict({{"r", {16}}});
  for (const Arch& arch : correction_archs(*space, macs, 8, Rng(1), &only)) {
    CHECK(space->allows(only, arch));
  }
  CHECK(correction_archs(*space, macs, 1000, Rng(1)).size() == 40);
  CHECK(correction_archs(*space, macs, 1, Rng(1)).size() == 1);
  CHECK_THROWS_AS(correction_archs(*space, macs, 0, Rng(1)), Error);
}

TEST_CASE("the tables of a long search give what single look-ups give, corrected or not") {
  const auto space = test::shipped_space("ofa_mobilenet_v3_w1.0", {"space.resolutions=[128,160]"});
  const auto device = stub();
  LatencyLut lut(*space, device->workload(), profiled(*space, *device));
  Rng rng(5);
  std::vector<Arch> archs;
  for (int i = 0; i < 2500; ++i) archs.push_back(space->sample_choices(rng));
  for (const bool corrected : {false, true}) {
    if (corrected) {
      const std::span<const Arch> few(archs.data(), 30);
      lut.fit(few, times(*space, *device, {few.begin(), few.end()}));
      REQUIRE(!lut.correction().networks.empty());
    }
    std::vector<Estimate> many(archs.size());
    lut.estimate(archs, many);
    for (size_t i = 0; i < 100; ++i) {
      const LatencyFeatures features = lut.features(archs[i]);
      const double expected = corrected ? lut.correction()(features) : features.table_ms;
      CHECK(many[i].value == Approx(expected).epsilon(1e-12));
      CHECK(many[i].provenance == (corrected ? Provenance::fitted : Provenance::measured));
    }
  }
}
