// What every training phase and every data set promises.
#include <torch/torch.h>

#include <numeric>

#include "core/error.h"
#include "core/log.h"
#include "tests/support/tiny_training.h"
#include "tests/support/torch_nets.h"
#include "trainers/loop.h"

#include "tests/support/catch.h"

using namespace tailor;
using namespace tailor::train;

namespace {

struct Setup {
  test::TempDir folder;
  std::unique_ptr<SearchSpace> space = test::space_of(test::kTinyTrainable);
  std::unique_ptr<Dataset> data = test::make_data(test::quarters_yaml(folder));

  Setup() {
    set_log_sink([](LogLevel, const std::string&) {});
  }
  ~Setup() { set_log_sink({}); }

  TrainOptions options(const std::string& phase, int64_t epochs) const {
    const std::string yaml =
        str("batch: 32\nphases:\n  - {name: ", phase, ", epochs: ", epochs, ", lr: 0.1}\n");
    return TrainOptions::read(ConfigNode::parse(yaml, "train.yaml"), *space);
  }
};

/// Loss column of a run's history.
std::vector<double> losses(const std::string& folder) {
  const Csv csv = Csv::load(folder + "/history.csv");
  std::vector<double> out;
  for (const auto& row : csv.rows) out.push_back(std::stod(row[csv.column("loss")]));
  return out;
}

}  // namespace

TEST_CASE("every phase and data set documents each of its fields") {
  const Setup s;
  const PhaseRegistry phases = builtin_phases();
  const DatasetRegistry sets = builtin_datasets();
  REQUIRE(phases.names().size() >= 3);
  REQUIRE(sets.names().size() >= 1);
  std::vector<FieldDoc> fields;
  for (const std::string& name : phases.names()) {
    for (const FieldDoc& field : phases.describe(name, *s.space)) fields.push_back(field);
  }
  for (const std::string& name : sets.names()) {
    for (const FieldDoc& field : sets.describe(name)) fields.push_back(field);
  }
  for (const FieldDoc& field : fields) {
    INFO(field.path);
    CHECK_FALSE(field.doc.empty());
  }
}

TEST_CASE("every phase asks for archs of the space, the same for the same stream") {
  const Setup s;
  for (const std::string& name : builtin_phases().names()) {
    INFO(name);
    const auto phase = builtin_phases().create(name, ConfigNode::empty("phase"), *s.space);
    for (uint64_t seed = 0; seed < 20; ++seed) {
      Rng a(seed), b(seed);
      const std::vector<SubnetTask> one = phase->step(a), two = phase->step(b);
      REQUIRE_FALSE(one.empty());
      REQUIRE(one.size() == two.size());
      for (size_t i = 0; i < one.size(); ++i) {
        CHECK(one[i].arch == two[i].arch);
        CHECK(s.space->arch(one[i].arch.choices()) == one[i].arch);
        CHECK(one[i].label_weight + one[i].distill_weight > 0);
      }
    }
  }
}

TEST_CASE("every phase lowers the loss, and repeats to the same bits") {
  const Setup s;
  for (const std::string& name : builtin_phases().names()) {
    INFO(name);
    const TrainOptions options = s.options(name, 5);
    Trainer one(*s.space, *s.data, options, 3, 1), two(*s.space, *s.data, options, 3, 2);
    one.run(s.folder.file(name + "1"), "hash");
    two.run(s.folder.file(name + "2"), "hash");
    const std::vector<double> loss = losses(s.folder.file(name + "1"));
    CHECK(loss.back() < loss.front());
    CHECK(test::same_bits(one.store().values(), two.store().values()));
    auto read = supernet::ParameterStore::of_space(*s.space);
    load_weights(s.folder.file(name + "1") + "/checkpoint.safetensors", *s.space, read);
    CHECK(test::same_bits(read.values(), one.store().values()));
  }
}

TEST_CASE("every data set serves what it describes") {
  const Setup s;
  for (const std::string& name : builtin_datasets().names()) {
    REQUIRE(name == "idx");  // another data set needs its files made here
    const DataInfo info = s.data->info();
    CHECK(info.mean.size() == static_cast<size_t>(info.channels));
    CHECK(info.std.size() == static_cast<size_t>(info.channels));
    for (Split split : {Split::train, Split::validation, Split::test}) {
      const std::vector<int64_t> indices = {0, s.data->size(split) - 1, 0};
      for (int64_t size : {8, 12, 17}) {
        const Batch batch = s.data->batch(split, indices, size, nullptr);
        CHECK(batch.images.sizes().vec() == Shape{3, info.channels, size, size});
        CHECK(batch.labels.sizes().vec() == Shape{3});
        CHECK(test::same_bits(batch.images[0], batch.images[2]));
        CHECK(batch.labels.max().item<int64_t>() < static_cast<int64_t>(info.class_names.size()));
      }
      CHECK_THROWS(s.data->batch(split, std::vector<int64_t>{s.data->size(split)}, 12, nullptr));
    }
    CHECK_FALSE(s.data->fingerprint().empty());
  }
}
