#include "predictors/latency_transfer.h"

#include <algorithm>

#include "core/error.h"
#include "predictors/quality.h"
#include "tests/support/catch.h"
#include "tests/support/latency_samples.h"

using namespace tailor;
using namespace tailor::predict;

namespace {

/// Three made-up devices that 150 archs ran on: bound by arithmetic, by memory, by launches.
LatencyArchive made_up_archive(const SearchSpace& space) {
  LatencyArchive out;
  out.archs = test::random_archs(space, 150, 5);
  out.devices = {"arithmetic", "memory", "launch"};
  const test::MadeUpDevice devices[] = {{1, 0.1, 0.001}, {0.1, 1, 0.001}, {0.01, 0.01, 0.1}};
  for (const auto& device : devices) {
    out.latency_ms.emplace_back();
    for (const Arch& arch : out.archs) out.latency_ms.back().push_back(device(space, arch));
  }
  return out;
}

std::vector<double> values(const Estimator& estimator, const std::vector<Arch>& archs) {
  std::vector<double> out;
  for (const Arch& arch : archs) out.push_back(estimate_one(estimator, arch));
  return out;
}

std::vector<double> measured(const SearchSpace& space, const std::vector<Arch>& archs) {
  std::vector<double> out;
  for (const Arch& arch : archs) out.push_back(test::MadeUpDevice{0.4, 0.5, 0.02}(space, arch));
  return out;
}

}  // namespace

TEST_CASE("a new device is known after ten samples, and what more would give") {
  const auto space = test::shipped_space("fbnet_cifar");
  const LatencyArchive archive = made_up_archive(*space);
  LatencyTransfer transfer(*space);
  transfer.learn_sources(archive, "", Rng(1));
  CHECK(transfer.sources() == archive.devices);
  const std::vector<Arch> samples = transfer.choose_samples(10);
  REQUIRE(samples.size() == 10);
  CHECK(samples == transfer.choose_samples(10));
  transfer.fit(samples, measured(*space, samples), Rng(1));
  const std::vector<Arch> others = test::random_archs(*space, 100, 6);
  const Quality q = quality(values(transfer, others), measured(*space, others));
  CHECK(q.spearman > 0.97);
  CHECK(q.mape < 0.05);

  const SampleAdvice advice = transfer.advise(0, 5);
  REQUIRE(advice.archs.size() == 5);
  CHECK(advice.error_then < advice.error_now);
  for (const Arch& arch : advice.archs) {
    CHECK(std::find(samples.begin(), samples.end(), arch) == samples.end());
  }
  CHECK(transfer.advise(1e9, 5).archs.empty());
}

TEST_CASE("a transfer is saved to the bit") {
  const auto space = test::space_of(test::kTinyFbnet);
  const LatencyArchive archive = made_up_archive(*space);
  LatencyTransfer transfer(*space), read(*space);
  transfer.learn_sources(archive, "launch", Rng(1));
  CHECK(transfer.sources() == std::vector<std::string>{"arithmetic", "memory"});
  const std::vector<Arch> samples = transfer.choose_samples(5);
  transfer.fit(samples, measured(*space, samples), Rng(1));
  const std::string bytes = transfer.to_file().serialize();
  read.from_file(TensorFile::parse(bytes, "f"));
  CHECK(values(read, archive.archs) == values(transfer, archive.archs));
  CHECK(read.to_file().serialize() == bytes);
  CHECK(read.choose_samples(4) == transfer.choose_samples(4));
  CHECK(read.advise(0, 3).archs == transfer.advise(0, 3).archs);
}

TEST_CASE("a transfer says what it lacks") {
  const auto space = test::space_of(test::kTinyFbnet);
  const LatencyArchive archive = made_up_archive(*space);
  LatencyTransfer transfer(*space);
  const std::vector<Arch> two = {space->smallest(), space->largest()};
  CHECK_THROWS_WITH(transfer.fit(two, std::vector<double>{1, 2}, Rng(1)),
                    Catch::Contains("learn_sources comes first"));
  CHECK_THROWS_WITH(transfer.choose_samples(3), Catch::Contains("has learned no source"));
  CHECK_THROWS_WITH(transfer.learn_sources(archive, "x", Rng(1)),
                    Catch::Contains("unknown device 'x'"));
  LatencyArchive one = archive;
  one.devices.resize(1);
  one.latency_ms.resize(1);
  CHECK_THROWS_WITH(transfer.learn_sources(one, "arithmetic", Rng(1)),
                    Catch::Contains("needs a device with known latencies besides 'arithmetic'"));
  transfer.learn_sources(archive, "", Rng(1));
  CHECK_THROWS_WITH(transfer.advise(0.1, 3), Catch::Contains("has learned nothing yet"));
  CHECK_THROWS_WITH(estimate_one(transfer, two[0]), Catch::Contains("fit or load it"));
  transfer.fit(two, std::vector<double>{1, 2}, Rng(1));
  TensorFile file = transfer.to_file();
  file.metadata.erase("source1");
  CHECK_THROWS_WITH(transfer.from_file(file), Catch::Contains("metadata name no 'source1'"));
}

TEST_CASE("ten samples rank a measured Raspberry Pi from other devices") {
  if (test::public_archives().empty()) {
    WARN("skipped: no ../shared/data/latency beside the project");
    return;
  }
  const auto space = test::shipped_space("fbnet_cifar");
  LatencyArchive archive = read_latency_archive(*space, help_fbnet_format(),
                                                test::public_archives() + "/fbnet_latency.csv");
  archive.archs.resize(600);
  for (auto& column : archive.latency_ms) column.resize(600);
  const std::vector<double>& ms = archive.latency_ms[archive.device("raspi4")];
  LatencyTransfer transfer(*space);
  transfer.learn_sources(archive, "raspi4", Rng(1));
  const std::vector<Arch> samples = transfer.choose_samples(10);
  std::vector<double> sample_ms;
  for (const Arch& arch : samples) {
    const auto at = std::find(archive.archs.begin(), archive.archs.end(), arch);
    sample_ms.push_back(ms[static_cast<size_t>(at - archive.archs.begin())]);
  }
  transfer.fit(samples, sample_ms, Rng(1));
  std::vector<Arch> others;
  std::vector<double> truth;
  for (size_t i = 0; i < archive.archs.size(); ++i) {
    if (std::find(samples.begin(), samples.end(), archive.archs[i]) != samples.end()) continue;
    others.push_back(archive.archs[i]);
    truth.push_back(ms[i]);
  }
  CHECK(spearman(values(transfer, others), truth) > 0.9);
}
