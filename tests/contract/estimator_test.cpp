// What every estimator and every learned predictor promises.
#include <memory>
#include <thread>

#include "core/error.h"
#include "hardware_profiles/profile.h"
#include "predictors/cost_estimator.h"
#include "predictors/latency_lut.h"
#include "predictors/predictor.h"
#include "tests/support/accuracy_samples.h"
#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"

using namespace tailor;
using namespace tailor::predict;

namespace {

const SearchSpace& space() {
  static const std::unique_ptr<SearchSpace> space = test::space_of(test::kMiddleMobileNet);
  return *space;
}

std::unique_ptr<Predictor> fitted(const std::string& name, uint64_t seed) {
  const AccuracyTable table = test::made_up_table(space(), 40, 0.003, 1);
  auto out = builtin_accuracy_predictors().create(name, ConfigNode::empty("test.yaml"), space());
  out->fit(table.archs, table.accuracy, Rng(seed));
  return out;
}

std::unique_ptr<LatencyLut> latency() {
  const test::TempDir dir;
  const auto device = hw::builtin_devices().create("stub", ConfigNode::empty("test.yaml"));
  auto out = std::make_unique<LatencyLut>(
      space(), device->workload(),
      hw::profile_space(space(), *device, {}, dir.file("lut.yaml")).table);
  const std::vector<Arch> archs =
      correction_archs(space(), CostEstimator(space(), "macs"), 8, Rng(1));
  std::vector<double> times;
  for (const Arch& arch : archs) {
    times.push_back(device->prepare(space().lower(arch))->measure(1).at(0));
  }
  out->fit(archs, times);
  return out;
}

/// Every kind of estimator there is: learned, counted, from a table.
const std::vector<std::unique_ptr<Estimator>>& estimators() {
  static const std::vector<std::unique_ptr<Estimator>> all = [] {
    std::vector<std::unique_ptr<Estimator>> out;
    for (const std::string& name : builtin_accuracy_predictors().names()) {
      out.push_back(fitted(name, 1));
    }
    for (const std::string& metric : CostEstimator::metrics()) {
      out.push_back(std::make_unique<CostEstimator>(space(), metric));
    }
    out.push_back(latency());
    return out;
  }();
  return all;
}

std::vector<Arch> draw(int count) {
  Rng rng(11);
  std::vector<Arch> out;
  for (int i = 0; i < count; ++i) out.push_back(space().sample_choices(rng));
  return out;
}

std::vector<Estimate> estimates(const Estimator& estimator, const std::vector<Arch>& archs) {
  std::vector<Estimate> out(archs.size());
  estimator.estimate(archs, out);
  return out;
}

bool equal(const std::vector<Estimate>& a, const std::vector<Estimate>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](auto& x, auto& y) {
    return x.value == y.value && x.uncertainty == y.uncertainty && x.provenance == y.provenance;
  });
}

}  // namespace

TEST_CASE("a batch gives what single calls give, to the bit") {
  const std::vector<Arch> archs = draw(100);
  for (const auto& estimator : estimators()) {
    INFO(estimator->metric());
    CHECK_FALSE(estimator->metric().empty());
    std::vector<Estimate> single;
    for (const Arch& arch : archs) single.push_back(estimates(*estimator, {arch})[0]);
    CHECK(equal(estimates(*estimator, archs), single));
    CHECK(estimate_one(*estimator, archs[0]) == single[0].value);
    CHECK(estimates(*estimator, {}).empty());
  }
}

TEST_CASE("calls from several threads give the same values") {
  const std::vector<Arch> archs = draw(60);
  for (const auto& estimator : estimators()) {
    INFO(estimator->metric());
    const std::vector<Estimate> alone = estimates(*estimator, archs);
    std::vector<std::vector<Estimate>> seen(4);
    std::vector<std::thread> threads;
    for (auto& mine : seen) {
      threads.emplace_back([&] { mine = estimates(*estimator, archs); });
    }
    for (std::thread& thread : threads) thread.join();
    for (const auto& mine : seen) CHECK(equal(mine, alone));
  }
}

TEST_CASE("values and uncertainties are finite, uncertainties not negative") {
  for (const auto& estimator : estimators()) {
    INFO(estimator->metric());
    for (const Estimate& e : estimates(*estimator, draw(50))) {
      CHECK(std::isfinite(e.value));
      CHECK((std::isfinite(e.uncertainty) && e.uncertainty >= 0));
    }
  }
}

TEST_CASE("every learned predictor survives its file to the bit") {
  const test::TempDir dir;
  const std::vector<Arch> archs = draw(50);
  for (const std::string& name : builtin_accuracy_predictors().names()) {
    INFO(name);
    const auto made = fitted(name, 1);
    CHECK(made->kind() == name);
    made->save(dir.file("accuracy.safetensors"));
    const auto loaded = load_predictor(dir.file("accuracy.safetensors"), space());
    CHECK(equal(estimates(*loaded, archs), estimates(*made, archs)));
    CHECK(loaded->to_file().serialize() == made->to_file().serialize());
  }
}

TEST_CASE("every learned predictor learns the same from the same") {
  for (const std::string& name : builtin_accuracy_predictors().names()) {
    INFO(name);
    CHECK(fitted(name, 1)->to_file().serialize() == fitted(name, 1)->to_file().serialize());
  }
}

TEST_CASE("fitting again forgets what was learned before") {
  const AccuracyTable other = test::made_up_table(space(), 30, 0.003, 9);
  for (const std::string& name : builtin_accuracy_predictors().names()) {
    INFO(name);
    const auto twice = fitted(name, 1);
    twice->fit(other.archs, other.accuracy, Rng(2));
    auto once = builtin_accuracy_predictors().create(name, ConfigNode::empty("c"), space());
    once->fit(other.archs, other.accuracy, Rng(2));
    CHECK(twice->to_file().serialize() == once->to_file().serialize());
  }
}

TEST_CASE("every predictor documents each of its options") {
  const PredictorRegistry registry = builtin_accuracy_predictors();
  for (const auto& [name, entry] : registry.entries()) {
    INFO(name);
    CHECK_FALSE(entry.doc.empty());
    for (const FieldDoc& field : registry.describe(name, space())) {
      INFO(field.path);
      CHECK_FALSE(field.doc.empty());
    }
  }
}
