// The training loop: resuming to the same bits, roll-backs, history, learning.
// covers: trainers/loop.cpp, trainers/train_options.cpp, trainers/train_phase.cpp
#include "trainers/loop.h"

#include <ATen/ATen.h>

#include "core/error.h"
#include "core/interrupt.h"
#include "core/log.h"
#include "supernet/formats/pth.h"
#include "supernet/torch/channel_sort.h"
#include "tests/support/error_text.h"
#include "tests/support/tiny_training.h"
#include "tests/support/torch_nets.h"
#include "trainers/epoch_log.h"

#include "tests/support/catch.h"

using namespace tailor;
using namespace tailor::train;

namespace {

/// Every part that keeps state: EMA, two phases, one with a frozen teacher, running statistics.
const char* const kFull = R"(batch: 32
shards: 2
ema: 0.9
clip_norm: 5
running_statistics: true
checkpoint_seconds: 0
validation_images: 16
optimizer: {name: sgd, momentum: 0.9}
phases:
  - {name: single, epochs: 2, lr: 0.1, warmup_epochs: 0.5}
  - {name: progressive_shrinking, epochs: 1, lr: 0.05, teacher: start, subnets: 2}
  - {name: sandwich, epochs: 1, lr: 0.02, random: 1}
)";

/// Silences the log, and remembers it.
struct Quiet {
  std::vector<std::string> lines;
  Quiet() {
    set_log_sink([this](LogLevel, const std::string& line) { lines.push_back(line); });
  }
  ~Quiet() { set_log_sink({}); }
  bool has(const std::string& text) const {
    for (const std::string& line : lines) {
      if (line.find(text) != std::string::npos) return true;
    }
    return false;
  }
};

struct Setup {
  Quiet quiet;
  test::TempDir folder;
  std::unique_ptr<SearchSpace> space = test::space_of(test::kTinyTrainable);
  std::unique_ptr<Dataset> files = test::make_data(test::quarters_yaml(folder));
  test::WatchedData data{*files};
  TrainOptions options;

  explicit Setup(const std::string& yaml)
      : options(TrainOptions::read(ConfigNode::parse(yaml, "train.yaml"), *space)) {}

  std::unique_ptr<Trainer> trainer() {
    return std::make_unique<Trainer>(*space, data, options, 7, 2);
  }
  std::string run_folder(const std::string& name) const { return folder.file(name); }
};

/// history.csv without the seconds.
std::string history(const std::string& folder) {
  Csv csv = Csv::load(folder + "/history.csv");
  for (auto& row : csv.rows) row.pop_back();
  std::string text;
  for (const auto& row : csv.rows) text += join(row, ",") + "\n";
  return text;
}

void check_same_state(const std::string& a, const std::string& b) {
  const TensorFile x = TensorFile::load(a + "/checkpoint.safetensors");
  const TensorFile y = TensorFile::load(b + "/checkpoint.safetensors");
  REQUIRE(x.tensors.size() == y.tensors.size());
  for (const auto& [name, tensor] : x.tensors) {
    INFO(name);
    CHECK((tensor.bytes == y.at(name).bytes));
  }
  for (const auto& [key, value] : x.metadata) {
    INFO(key);
    if (key != "history") CHECK(value == y.metadata.at(key));
  }
  CHECK(history(a) == history(b));
}

}  // namespace

TEST_CASE("a run that was interrupted or killed anywhere ends with the same bits") {
  Setup s(kFull);
  auto whole = s.trainer();
  whole->run(s.run_folder("whole"), "hash");
  const int64_t batches = s.data.count();
  const at::Tensor values = whole->store().values(), buffers = whole->store().buffers();
  REQUIRE(batches > 20);
  Rng rng(3);
  for (int round = 0; round < 6; ++round) {
    const bool killed = round % 2 == 1;
    const int64_t first = s.data.count(), at = 1 + rng.below(batches);
    INFO((killed ? "killed" : "interrupted") << " at batch " << at << " of " << batches);
    const std::string folder = s.run_folder(str("cut", round));
    s.data.hook = [&](int64_t number, Batch&) {
      if (number != first + at) return;
      if (killed) throw std::runtime_error("killed");
      set_interrupted(true);
    };
    if (killed)
      CHECK_THROWS_WITH(s.trainer()->run(folder, "hash"), "killed");
    else
      CHECK_THROWS_AS(s.trainer()->run(folder, "hash"), Interrupted);
    set_interrupted(false);
    s.data.hook = {};
    auto resumed = s.trainer();
    resumed->run(folder, "hash");
    CHECK(test::same_bits(resumed->store().values(), values));
    CHECK(test::same_bits(resumed->store().buffers(), buffers));
    check_same_state(s.run_folder("whole"), folder);
  }
}

TEST_CASE("a finished run is not run again, and other settings are refused") {
  Setup s(kFull);
  auto first = s.trainer();
  first->run(s.run_folder("run"), "hash");
  const int64_t batches = s.data.count();
  auto again = s.trainer();
  again->run(s.run_folder("run"), "hash");
  CHECK(s.data.count() == batches);
  CHECK(test::same_bits(again->store().values(), first->store().values()));
  CHECK_THROWS_WITH(s.trainer()->run(s.run_folder("run"), "other"),
                    Catch::Contains("was made with another configuration"));
}

TEST_CASE("results do not depend on the number of threads") {
  Setup s(kFull);
  Trainer one(*s.space, s.data, s.options, 7, 1), two(*s.space, s.data, s.options, 7, 2);
  one.run(s.run_folder("one"), "hash");
  two.run(s.run_folder("two"), "hash");
  check_same_state(s.run_folder("one"), s.run_folder("two"));
}

TEST_CASE("training learns what can be learnt, and history says so") {
  Setup s(
      "batch: 32\nema: 0.9\nvalidation_images: 16\nphases:\n"
      "  - {name: sandwich, epochs: 16, lr: 0.2, warmup_epochs: 0.5}\n");
  s.trainer()->run(s.run_folder("run"), "hash");
  const Csv csv = Csv::load(s.run_folder("run") + "/history.csv");
  CHECK(csv.header == history_header());
  REQUIRE(csv.rows.size() == 16);
  auto value = [&](size_t row, const std::string& column) {
    return std::stod(csv.rows[row][csv.column(column)]);
  };
  CHECK(value(15, "loss") < 0.8 * value(0, "loss"));
  CHECK(value(15, "accuracy_largest") > 0.5);  // of 16 images; chance is 0.25
  CHECK(value(15, "accuracy_smallest") > 0.5);
  CHECK(value(15, "epoch") == 16);
  CHECK(value(3, "images") == 96);
  CHECK(csv.rows[0][csv.column("name")] == "sandwich");
}

TEST_CASE("one spoiled batch rolls back to the last snapshot, and training goes on") {
  Setup s("batch: 32\nphases:\n  - {name: single, epochs: 3, lr: 0.05}\n");
  s.data.hook = [](int64_t number, Batch& batch) {
    if (number == 9) batch.images.fill_(std::numeric_limits<float>::quiet_NaN());
  };
  auto trainer = s.trainer();
  trainer->run(s.run_folder("run"), "hash");
  CHECK(trainer->store().values().isfinite().all().item<bool>());
  CHECK(s.quiet.has("loss nan"));
  CHECK(s.quiet.has("at half the learning rate"));
  CHECK(Csv::load(s.run_folder("run") + "/history.csv").rows.size() == 3);
}

TEST_CASE("a loss above the factor times its running mean rolls back too") {
  // Half the mean: the first step begins the mean, the second one always exceeds it.
  Setup s("batch: 32\nspike_factor: 0.5\nphases:\n  - {name: single, epochs: 3, lr: 0.05}\n");
  const std::string text =
      test::error_text<Error>([&] { s.trainer()->run(s.run_folder("run"), "hash"); });
  CHECK(text.find("in phase 1, epoch 1, step 2 after 3 roll-backs") != std::string::npos);
  CHECK(text.find("nan") == std::string::npos);
  CHECK(s.quiet.has("back to step 1 of epoch 1 at half the learning rate"));
}

TEST_CASE("a loss that keeps exploding fails with a clear word and a usable checkpoint") {
  // From the first step on, or in the second epoch.
  for (int64_t from : {1, 9}) {
    Setup s("batch: 32\nmax_rollbacks: 2\nphases:\n  - {name: single, epochs: 3, lr: 0.05}\n");
    s.data.hook = [&](int64_t number, Batch& batch) {
      if (number >= from) batch.images.fill_(std::numeric_limits<float>::quiet_NaN());
    };
    const std::string folder = s.run_folder("run");
    const std::string text = test::error_text<Error>([&] { s.trainer()->run(folder, "hash"); });
    CHECK(text == str("training: loss is nan in phase 1, epoch ", from == 1 ? 1 : 2,
                      ", step 1 after 2 roll-backs; the last good state is in ", folder,
                      "/checkpoint.safetensors; lower train.phases.lr or set train.clip_norm"));
    auto store = supernet::ParameterStore::of_space(*s.space);
    load_weights(read_weights_file(folder + "/checkpoint.safetensors"), *s.space, store);
    CHECK(store.values().isfinite().all().item<bool>());
  }
}

TEST_CASE("a frozen teacher may come from a file") {
  Setup s("batch: 32\nphases:\n  - {name: single, epochs: 1, lr: 0.05}\n");
  auto teacher = s.trainer();
  teacher->run(s.run_folder("teacher"), "hash");
  const std::string file = s.run_folder("teacher") + "/checkpoint.safetensors";
  const std::string yaml =
      "batch: 32\nphases:\n  - {name: progressive_shrinking, epochs: 1, "
      "lr: 0.05, teacher: ";
  Setup taught(yaml + file + "}\n"), absent(yaml + "/nowhere/t.safetensors}\n");
  CHECK_NOTHROW(taught.trainer()->run(taught.run_folder("run"), "hash"));
  CHECK_THROWS_AS(absent.trainer()->run(absent.run_folder("run"), "hash"), IoError);
}

TEST_CASE("a config without phases, or with unknown ones, is refused") {
  const auto space = test::space_of(test::kTinyTrainable);
  auto read = [&](const std::string& yaml) {
    return test::error_text<ConfigError>(
        [&] { TrainOptions::read(ConfigNode::parse(yaml, "train.yaml"), *space); });
  };
  CHECK(read("batch: 8\n").find("phases: must hold at least one phase") != std::string::npos);
  CHECK(read("phases: [{name: sandwhich}]\n").find("did you mean 'sandwich'?") !=
        std::string::npos);
  CHECK(read("phases: [{name: single, epochs: 0}]\n") ==
        "train.yaml:1:33: phases.0.epochs: must be in [1, 100000], got 0");
}

TEST_CASE("channels are sorted before the phase that asks for it, and the largest subnet stays") {
  const std::string head = "batch: 32\nshards: 2\nvalidation_images: 16\nphases:\n";
  const std::string first = "  - {name: single, epochs: 1, lr: 0.1}\n";
  Setup plain(head + first);
  // No step of the second phase changes a weight.
  Setup sorted(head + first + "  - {name: single, epochs: 1, lr: 0, sort_channels: 0}\n");
  const auto before = plain.trainer(), after = sorted.trainer();
  before->run(plain.run_folder("run"), "hash");
  after->run(sorted.run_folder("run"), "hash");
  CHECK(sorted.quiet.has("phase 2: channels sorted (stage 0)"));
  CHECK_FALSE(test::same_bits(before->store().values(), after->store().values()));
  supernet::ParameterStore again = before->store().clone();
  supernet::sort_channels(*plain.space, again, 0);
  CHECK(test::same_bits(again.values(), after->store().values()));
}
