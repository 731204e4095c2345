#include "predictors/latency_regressor.h"

#include <cmath>
#include <limits>

#include "core/error.h"
#include "predictors/latency_archive.h"
#include "predictors/quality.h"
#include "tests/support/catch.h"
#include "tests/support/latency_samples.h"

using namespace tailor;
using namespace tailor::predict;

namespace {

std::vector<double> values(const Estimator& estimator, const std::vector<Arch>& archs) {
  std::vector<double> out;
  for (const Arch& arch : archs) out.push_back(estimate_one(estimator, arch));
  return out;
}

std::vector<double> measured(const SearchSpace& space, const std::vector<Arch>& archs) {
  std::vector<double> out;
  for (const Arch& arch : archs) out.push_back(test::MadeUpDevice()(space, arch));
  return out;
}

}  // namespace

TEST_CASE("the latency regressor finds a made-up device's law, also among outliers") {
  const auto space = test::shipped_space("ofa_mobilenet_v3_w1.0");
  const std::vector<Arch> train = test::random_archs(*space, 120, 1);
  const std::vector<Arch> test = test::random_archs(*space, 100, 2);
  std::vector<double> ms = measured(*space, train);
  for (size_t i = 0; i < ms.size(); i += 10) ms[i] *= 1.5;
  LatencyRegressor regressor(*space);
  regressor.fit(train, ms, Rng(1));
  const Quality q = quality(values(regressor, test), measured(*space, test));
  CHECK(q.mape < 0.01);
  CHECK(q.spearman > 0.99);
  Estimate one;
  regressor.estimate({test.data(), 1}, {&one, 1});
  CHECK(one.uncertainty > 0);
  CHECK(one.provenance == Provenance::fitted);
}

TEST_CASE("every family's latency is learned, and saved to the bit") {
  for (const char* yaml : test::kTinySpaces) {
    const auto space = test::space_of(yaml);
    INFO(space->name());
    const std::vector<Arch> archs = test::random_archs(*space, 25, 3);
    LatencyRegressor regressor(*space), again(*space), read(*space);
    regressor.fit(archs, measured(*space, archs), Rng(1));
    again.fit(archs, measured(*space, archs), Rng(1));
    const TensorFile file = regressor.to_file();
    CHECK(file.serialize() == again.to_file().serialize());
    read.from_file(TensorFile::parse(file.serialize(), "f"));
    CHECK(values(read, archs) == values(regressor, archs));
    CHECK(read.to_file().serialize() == file.serialize());
    CHECK(quality(values(read, archs), measured(*space, archs)).mape < 0.05);
  }
}

TEST_CASE("the latency regressor refuses what it cannot learn from or read") {
  const auto space = test::space_of(test::kTinyMobileNet);
  LatencyRegressor regressor(*space);
  const std::vector<Arch> archs = {space->smallest(), space->largest()};
  CHECK_THROWS_WITH(estimate_one(regressor, archs[0]), Catch::Contains("fit or load it"));
  CHECK_THROWS_WITH(regressor.to_file(), Catch::Contains("nothing that can be saved"));
  CHECK_THROWS_WITH(regressor.fit(archs, std::vector<double>{1}, Rng(1)),
                    "predictor 'latency_regressor' learns from at least 2 archs with a latency "
                    "each, got 2 archs and 1 latencies");
  CHECK_THROWS_WITH(regressor.fit(archs, std::vector<double>{1, 0}, Rng(1)),
                    Catch::Contains(space->print(archs[1]) + " must be above 0 ms, got 0"));
  regressor.fit(archs, std::vector<double>{1, 2}, Rng(1));
  TensorFile file = regressor.to_file();
  file.tensors.erase("weights");
  CHECK_THROWS_AS(regressor.from_file(file), IoError);
  file = regressor.to_file();
  file.tensors["anchors"] = HostTensor::zeros(DType::f64, {5});
  CHECK_THROWS_WITH(regressor.from_file(file), Catch::Contains("'anchors' must hold"));
}

TEST_CASE("the latency regressor predicts measured GPUs") {
  if (test::public_archives().empty()) {
    WARN("skipped: no ../shared/data/latency beside the project");
    return;
  }
  const auto space = test::shipped_space("ofa_mobilenet_v3_w1.0");
  const LatencyArchive archive = read_latency_archive(
      *space, help_ofa_format(), test::public_archives() + "/ofa_gpu_latency.csv");
  const std::vector<double>& ms = archive.latency_ms[archive.device("titan_rtx_64")];
  LatencyRegressor regressor(*space);
  regressor.fit({archive.archs.data(), 200}, {ms.data(), 200}, Rng(1));
  const std::vector<Arch> others(archive.archs.begin() + 200, archive.archs.begin() + 700);
  CHECK(quality(values(regressor, others), {ms.data() + 200, 500}).mape < 0.01);
}
