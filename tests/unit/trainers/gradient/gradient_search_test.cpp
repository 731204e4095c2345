// covers: trainers/gradient/arch_step.cpp, trainers/gradient/gradient_options.cpp,
// covers: trainers/gradient/image_halves.cpp
#include "trainers/gradient/gradient_search.h"

#include <ATen/ATen.h>

#include <limits>
#include <set>

#include "core/error.h"
#include "core/interrupt.h"
#include "core/log.h"
#include "predictors/cost_estimator.h"
#include "tests/support/error_text.h"
#include "tests/support/tiny_training.h"
#include "tests/support/torch_nets.h"
#include "trainers/gradient/image_halves.h"

#include "tests/support/catch.h"

using namespace tailor;
using namespace tailor::train;

namespace {

const char* const kSpace = R"(family: mobilenet
name: tiny_paths
classes: 4
channels: 1
resolutions: [12]
kernel_transform: false
stem: {width: 8, stride: 2, activation: relu6}
stages:
  - {width: 8, activation: relu6, kernel: [0, 3, 5], expand: [1, 3], depth: [3]}
)";

const char* const kTraining = R"(batch: 16
shards: 2
checkpoint_seconds: 0
validation_images: 16
optimizer: {name: sgd, momentum: 0.9}
phases: [{name: single}]
)";

const char* const kGradient = R"(warmup_epochs: 1
epochs: 2
held_out: 0.5
warmup_lr: 0.1
lr: 0.1
adam: {lr: 0.05}
)";

struct Setup {
  test::TempDir folder;
  std::unique_ptr<SearchSpace> space = test::space_of(kSpace);
  std::unique_ptr<Dataset> files = test::make_data(test::quarters_yaml(folder));
  test::WatchedData data{*files};
  TrainOptions training;
  GradientOptions options;
  double limit = 0.6;  // of the largest network's MACs

  explicit Setup(const std::string& gradient = kGradient)
      : training(TrainOptions::read(ConfigNode::parse(kTraining, "train.yaml"), *space)),
        options(GradientOptions::read(ConfigNode::parse(gradient, "gradient.yaml"), *space)) {
    set_log_sink([](LogLevel, const std::string&) {});
  }
  ~Setup() { set_log_sink({}); }

  std::vector<GradientTarget> targets() const {
    const predict::CostEstimator macs(*space, "macs");
    return {
        {"macs", limit * estimate_one(macs, space->largest()), *macs.factor_sum(&options.only)}};
  }
  std::unique_ptr<GradientSearch> search(int64_t threads = 2) {
    return std::make_unique<GradientSearch>(*space, data, training, options, targets(), 7, threads);
  }
  std::string run_folder(const std::string& name) const { return folder.file(name); }
};

/// history.csv without the seconds, then architecture.csv.
std::string tables(const std::string& folder) {
  Csv csv = Csv::load(folder + "/history.csv");
  csv.header.pop_back();
  for (auto& row : csv.rows) row.pop_back();
  return csv.text() + Csv::load(folder + "/architecture.csv").text();
}

void check_same(const std::string& a, const std::string& b) {
  const TensorFile x = TensorFile::load(a + "/checkpoint.safetensors");
  const TensorFile y = TensorFile::load(b + "/checkpoint.safetensors");
  REQUIRE(x.tensors.size() == y.tensors.size());
  for (const auto& [name, tensor] : x.tensors) {
    INFO(name);
    CHECK((tensor.bytes == y.at(name).bytes));
  }
  CHECK(tables(a) == tables(b));
}

}  // namespace

TEST_CASE("gradient search: cut off anywhere it ends with the same bits, on any threads") {
  Setup s;
  s.search()->run(s.run_folder("whole"), "hash");
  const int64_t batches = s.data.count();
  s.search(1)->run(s.run_folder("one thread"), "hash");
  check_same(s.run_folder("whole"), s.run_folder("one thread"));
  Rng rng(3);
  for (int round = 0; round < 4; ++round) {
    const bool killed = round % 2 == 1;
    const int64_t first = s.data.count(), at = 1 + rng.below(batches);
    INFO((killed ? "killed" : "interrupted") << " at batch " << at << " of " << batches);
    const std::string folder = s.run_folder(str("cut", round));
    s.data.hook = [&](int64_t number, Batch&) {
      if (number != first + at) return;
      if (killed) throw std::runtime_error("killed");
      set_interrupted(true);
    };
    try {
      s.search()->run(folder, "hash");
    } catch (const std::exception&) {
    }
    set_interrupted(false);
    s.data.hook = {};
    s.search()->run(folder, "hash");
    check_same(s.run_folder("whole"), folder);
  }
}

TEST_CASE("gradient search: the mean comes to the limit") {
  for (const char* gates : {"two_path", "full_recompute", "gumbel", "darts"}) {
    INFO(gates);
    Setup s(
        str("epochs: 60\nheld_out: 0.5\nlr: 0.02\nadam: {lr: 0.05}\n"
            "objective: {name: constrained, step: 0.2, aim: 1}\ngates: {name: ",
            gates, "}\n"));
    for (const double limit : {0.35, 0.75}) {
      s.limit = limit;
      const auto search = s.search();
      search->run(s.run_folder(str(gates, limit)), "hash");
      const ExpectedValue mean(search->slots(), s.targets()[0].sum, "macs");
      CHECK(mean(search->parameters().probabilities()) ==
            Approx(s.targets()[0].limit).epsilon(0.1));
    }
  }
}

TEST_CASE("gradient search: warm-up leaves the probabilities alone") {
  Setup s;
  s.search()->run(s.run_folder("run"), "hash");
  const Csv csv = Csv::load(s.run_folder("run/architecture.csv"));
  std::map<std::string, std::vector<double>> by_epoch;
  for (const auto& row : csv.rows) by_epoch[row[0]].push_back(std::stod(row[3]));
  REQUIRE(by_epoch.size() == 3);  // 0, before the search, 1 and 2
  double moved = 0;
  for (size_t i = 0; i < by_epoch["0"].size(); ++i) {
    moved = std::max(moved, std::abs(by_epoch["2"][i] - by_epoch["0"][i]));
  }
  CHECK(moved > 0.01);
  const Csv history = Csv::load(s.run_folder("run/history.csv"));
  REQUIRE(history.rows.size() == 3);
  CHECK(history.rows[0][0] == "warm-up");
  CHECK(history.rows[0][history.column("architecture_loss")].empty());
  CHECK_FALSE(history.rows[1][history.column("architecture_loss")].empty());
}

TEST_CASE("gradient search: halves share no image, and each batch is its number's") {
  const Setup s;
  const ImageHalves halves(s.data, 0.25, 16, 2, 12, Rng(1));
  std::set<int64_t> seen(halves.weight_images().begin(), halves.weight_images().end());
  CHECK(seen.size() == 72);
  for (const int64_t i : halves.architecture_images()) CHECK(seen.insert(i).second);
  CHECK(seen.size() == 96);
  CHECK(halves.weight_steps() == 4);
  const ImageHalves::Step a = halves.step({1, 0}, 2, 5), b = halves.step({1, 0}, 2, 5);
  REQUIRE(a.architecture.size() == 2);
  CHECK(test::same_bits(a.architecture[1].images, b.architecture[1].images));
  CHECK(test::same_bits(a.weights.shards[0].at(12).images, b.weights.shards[0].at(12).images));
  CHECK_FALSE(test::same_bits(a.weights.shards[0].at(12).images,
                              halves.step({1, 1}, 2, 5).weights.shards[0].at(12).images));
  CHECK(halves.step({1, 0}, 2, -1).architecture.empty());
  const ImageHalves validation(s.data, 0, 16, 2, 12, Rng(1));
  CHECK(validation.architecture_split() == Split::validation);
  CHECK(validation.weight_images().size() == 96);
  CHECK(test::error_text<Error>([&] {
          ImageHalves(s.data, 0.1, 16, 2, 12, Rng(1));
        }).find("has 10 images for the architecture, and batches of 16") != std::string::npos);
}

TEST_CASE("gradient search: a limit that is not there, a loss that is no number") {
  Setup s;
  const auto without = [&] { GradientSearch(*s.space, s.data, s.training, s.options, {}, 7, 1); };
  CHECK(test::error_text<ConfigError>(without).find(
            "objective.name: needs a limit, and search.limits has none") != std::string::npos);
  Setup add("objective: {name: add_linear, metric: latency_ms}\n");
  CHECK(test::error_text<ConfigError>([&] {
          add.search();
        }).find("needs a limit on latency_ms, and search.limits has none") != std::string::npos);
  // Nothing is lost: the checkpoint of the last good step stays.
  s.data.hook = [&](int64_t number, Batch& batch) {
    if (number == 9) batch.images.fill_(std::numeric_limits<float>::quiet_NaN());
  };
  const std::string folder = s.run_folder("nan");
  const std::string text = test::error_text<Error>([&] { s.search()->run(folder, "hash"); });
  INFO(text);
  CHECK(text.find("the loss of weights is nan in epoch") != std::string::npos);
  CHECK(TensorFile::load(folder + "/checkpoint.safetensors").tensors.count("train.architecture"));
  s.data.hook = {};
  s.search()->run(folder, "hash");
  CHECK(file_exists(folder + "/architecture.csv"));
}
