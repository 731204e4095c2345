// Training state on disk and, for roll-backs, in memory.
// covers: trainers/state_copy.cpp
#include "trainers/checkpoint.h"

#include <ATen/ATen.h>

#include "core/error.h"
#include "core/file.h"
#include "core/log.h"
#include "supernet/formats/pth.h"
#include "tests/support/error_text.h"
#include "tests/support/spaces.h"
#include "tests/support/temp_dir.h"
#include "tests/support/torch_nets.h"
#include "trainers/state_copy.h"

#include "tests/support/catch.h"

using namespace tailor;
using namespace tailor::train;
using supernet::ParameterStore;
using test::same_bits;

namespace {

struct State {
  ParameterStore store;
  Optimizer optimizer;
  std::map<std::string, at::Tensor> extra;
  TrainProgress progress;

  explicit State(uint64_t seed)
      : store(test::random_store(*test::space_of(test::kTinyResNet), seed)),
        optimizer(options(), store) {
    const Shape flat = {store.values().numel()};
    for (const auto& [name, tensor] : optimizer.state()) {
      tensor.copy_(test::random_tensor(flat, seed + 1));
    }
    extra["ema"] = test::random_tensor(flat, seed + 2);
    optimizer.set_steps(static_cast<int64_t>(seed));
  }

  static OptimizerOptions options() {
    OptimizerOptions o;
    o.name = "adamw";
    return o;
  }
  void save(const std::string& path, const std::string& hash = "hash") const {
    save_checkpoint(path, store, optimizer, extra, progress, hash);
  }
  void load(const std::string& path, const std::string& hash = "hash") {
    load_checkpoint(path, store, optimizer, extra, progress, hash);
  }
};

}  // namespace

TEST_CASE("a checkpoint brings everything back to the same bits") {
  const test::TempDir folder;
  State saved(3), read(4);
  saved.progress = {.phase = 1,
                    .epoch = 2,
                    .step = 3,
                    .rollbacks = 4,
                    .lr_scale = 0.125,
                    .smooth_loss = 0.1 + 0.2,
                    .loss_sum = 1.0 / 3,
                    .finished = true,
                    .history = {"1,single,1", "1,single,2"}};
  saved.save(folder.file("c"));
  read.load(folder.file("c"));
  CHECK(same_bits(read.store.values(), saved.store.values()));
  CHECK(same_bits(read.store.buffers(), saved.store.buffers()));
  CHECK(same_bits(read.extra.at("ema"), saved.extra.at("ema")));
  CHECK(read.optimizer.steps() == 3);
  REQUIRE(read.optimizer.state().size() == 2);
  for (const auto& [name, tensor] : read.optimizer.state()) {
    CHECK(same_bits(tensor, saved.optimizer.state().at(name)));
  }
  const TrainProgress &a = read.progress, &b = saved.progress;
  CHECK(std::tuple(a.phase, a.epoch, a.step, a.rollbacks, a.finished) ==
        std::tuple(b.phase, b.epoch, b.step, b.rollbacks, b.finished));
  CHECK(std::tuple(a.lr_scale, a.smooth_loss, a.loss_sum, a.history) ==
        std::tuple(b.lr_scale, b.smooth_loss, b.loss_sum, b.history));
}

TEST_CASE("a copy in memory brings back what has changed since, in place") {
  State state(3);
  const State same(3);
  state.progress.epoch = 2;
  StateCopy copy;
  CHECK_THROWS(copy.restore(state.store, state.optimizer, state.extra, state.progress));
  copy.take(state.store, state.optimizer, state.extra, state.progress);
  const at::Tensor values = state.store.values();
  values.zero_();
  state.store.buffers().zero_();
  for (const auto& [name, tensor] : state.optimizer.state()) tensor.zero_();
  state.extra.at("ema").zero_();
  state.optimizer.set_steps(9);
  state.progress.epoch = 7;
  copy.restore(state.store, state.optimizer, state.extra, state.progress);
  CHECK(same_bits(values, same.store.values()));
  CHECK(same_bits(state.store.buffers(), same.store.buffers()));
  for (const auto& [name, tensor] : state.optimizer.state()) {
    CHECK(same_bits(tensor, same.optimizer.state().at(name)));
  }
  CHECK(same_bits(state.extra.at("ema"), same.extra.at("ema")));
  CHECK(state.optimizer.steps() == 3);
  CHECK(state.progress.epoch == 2);
}

TEST_CASE("a damaged checkpoint gives way to the one before, with a warning") {
  const test::TempDir folder;
  const std::string path = folder.file("c");
  std::string warning;
  set_log_sink([&](LogLevel, const std::string& line) { warning = line; });
  State first(3), second(4);
  first.save(path);
  second.save(path);
  const std::string whole = read_file(path);
  for (size_t length : {size_t{0}, size_t{7}, whole.size() / 2, whole.size() - 1}) {
    write_file(path, whole.substr(0, length));
    State read(5);
    warning.clear();
    read.load(path);
    CHECK(same_bits(read.store.values(), first.store.values()));
    CHECK(warning.find("going on from the previous checkpoint") != std::string::npos);
  }
  std::filesystem::remove(path);  // between the two renames of a save
  State read(5);
  read.load(path);
  CHECK(read.optimizer.steps() == 3);
  write_file(path + ".prev", "nothing");
  CHECK_THROWS_AS(State(5).load(path), IoError);
  set_log_sink({});
}

TEST_CASE("a checkpoint of another configuration is refused") {
  const test::TempDir folder;
  const std::string path = folder.file("c");
  State(3).save(path, "one");
  CHECK(test::error_text<IoError>([&] { State(4).load(path, "two"); }) ==
        path + ": was made with another configuration; use another run folder or remove the file");
}

TEST_CASE("weights come averaged where a file has averages, and from plain files") {
  const test::TempDir folder;
  const State saved(3);
  saved.save(folder.file("c"));
  const auto space = test::space_of(test::kTinyResNet);
  ParameterStore read = State(4).store;
  load_weights(read_weights_file(folder.file("c")), *space, read);
  CHECK(same_bits(read.values(), saved.extra.at("ema")));
  CHECK(same_bits(read.buffers(), saved.store.buffers()));
  saved.store.to_file().save(folder.file("plain"));
  load_weights(read_weights_file(folder.file("plain")), *space, read);
  for (const supernet::Parameter& p : saved.store.parameters()) {
    CHECK(same_bits(read.view(p.name), saved.store.view(p.name)));
  }
}

TEST_CASE("weights come under the names of the authors of a published supernet") {
  const test::TempDir folder;
  const auto space = test::space_of(std::string(test::kTinyMobileNet) + "kernel_transform: true\n");
  const ParameterStore store = test::random_store(*space, 5);
  TensorFile published, fixed;
  for (const supernet::Parameter& p : store.parameters()) {
    const std::string name = space->published_name(p.name);
    published.tensors.emplace(name, supernet::to_host(store.view(p.name)));
    if (p.role != Role::transform)
      fixed.tensors.emplace(name, supernet::to_host(store.view(p.name)));
  }
  REQUIRE(fixed.tensors.size() < published.tensors.size());
  published.save(folder.file("published"));
  write_file(folder.file("out.pth"), pth_bytes(published));
  ParameterStore pickled = ParameterStore::of_space(*space);
  load_weights(read_weights_file(folder.file("out.pth")), *space, pickled);
  CHECK(same_bits(pickled.values(), store.values()));
  CHECK(same_bits(pickled.buffers(), store.buffers()));
  fixed.save(folder.file("fixed"));
  ParameterStore read = ParameterStore::of_space(*space);
  load_weights(read_weights_file(folder.file("published")), *space, read);
  CHECK(same_bits(read.values(), store.values()));
  CHECK(same_bits(read.buffers(), store.buffers()));
  std::string warning;
  set_log_sink([&](LogLevel, const std::string& text) { warning += text; });
  load_weights(read_weights_file(folder.file("fixed")), *space, read);
  set_log_sink({});
  CHECK(warning.find("has no kernel matrices; 2 become identities") != std::string::npos);
  for (const supernet::Parameter& p : store.parameters()) {
    const at::Tensor want = p.role == Role::transform ? at::eye(p.shape[0]) : store.view(p.name);
    CHECK(same_bits(read.view(p.name), want));
  }
}
