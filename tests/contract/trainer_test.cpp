// What every training phase and every data set promises.
#include <ATen/ATen.h>

#include <numeric>

#include "core/error.h"
#include "core/file.h"
#include "core/log.h"
#include "supernet/formats/pth.h"
#include "tests/support/pictures.h"
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
    load_weights(read_weights_file(s.folder.file(name + "1") + "/checkpoint.safetensors"), *s.space,
                 read);
    CHECK(test::same_bits(read.values(), one.store().values()));
  }
}

/// A small data set of each kind, its files made in `folder`. Throws for a kind without files here.
std::unique_ptr<Dataset> sample_data(const std::string& name, const test::TempDir& folder) {
  if (name == "idx") return test::make_data(test::quarters_yaml(folder));
  std::string extension = ".tar", train, test;
  if (name == "cifar10") {
    extension = ".bin";
    for (char i = 0; i < 20; ++i)
      train += str(i % 10 == 0 ? '\0' : static_cast<char>(i % 10), std::string(3072, i));
    test = train;
  } else if (name == "image_folder") {
    for (uint8_t i = 0; i < 20; ++i) {
      train += test::tar_member(str(i % 2 ? "a/" : "b/", int{i}, ".jpg"),
                                test::jpeg(20, 16, {i, 100, 9}));
    }
    test = train += std::string(1024, '\0');
  } else {
    throw Error("data set '" + name + "' has no sample files; make them here");
  }
  write_file(folder.file("train" + extension), train);
  write_file(folder.file("test" + extension), test);
  return builtin_datasets().make(
      ConfigNode::parse(str("{name: ", name, ", train: ", folder.file("train" + extension),
                            ", test: ", folder.file("test" + extension), ", validation: 5}"),
                        "data.yaml"));
}

TEST_CASE("every data set serves what it describes") {
  for (const std::string& name : builtin_datasets().names()) {
    INFO(name);
    const test::TempDir folder;
    const std::unique_ptr<Dataset> data = sample_data(name, folder);
    const DataInfo info = data->info();
    CHECK(info.mean.size() == static_cast<size_t>(info.channels));
    CHECK(info.std.size() == static_cast<size_t>(info.channels));
    for (Split split : {Split::train, Split::validation, Split::test}) {
      const std::vector<int64_t> indices = {0, data->size(split) - 1, 0};
      for (int64_t size : {8, 12, 17}) {
        const Batch batch = data->batch(split, indices, size, nullptr);
        CHECK(batch.images.sizes().vec() == Shape{3, info.channels, size, size});
        CHECK(batch.labels.sizes().vec() == Shape{3});
        CHECK(test::same_bits(batch.images[0], batch.images[2]));
        CHECK(batch.labels.max().item<int64_t>() < static_cast<int64_t>(info.class_names.size()));
      }
      CHECK_THROWS(data->batch(split, std::vector<int64_t>{data->size(split)}, 12, nullptr));
    }
    CHECK_FALSE(data->fingerprint().empty());
  }
}
