// Our side of tests/bench/train_vs_pytorch: trains the largest arch of a space on fixed random
// images, a few steps for each line "N" on stdin, and answers with milliseconds a step.
// bench_train_step CONFIG BATCH RESOLUTION THREADS EXPORT_FOLDER
#include <ATen/ATen.h>

#include <chrono>
#include <iostream>

#include "core/error.h"
#include "core/file.h"
#include "supernet/export/exporter.h"
#include "supernet/space/passes.h"
#include "supernet/torch/graph_net.h"
#include "tests/bench/bench_main.h"
#include "trainers/optimizer.h"
#include "trainers/shard_step.h"

namespace tailor {
namespace {

/// The same random images at every step.
class FixedImages : public train::Dataset {
 public:
  FixedImages(int64_t count, int64_t channels, int64_t size, int64_t classes)
      : images_(at::randn({count, channels, size, size})),
        labels_(at::randint(0, classes, {count}, at::kLong)) {}

  train::DataInfo info() const override { return {}; }
  int64_t size(train::Split) const override { return images_.size(0); }
  train::Batch batch(train::Split, std::span<const int64_t> indices, int64_t,
                     const Rng*) const override {
    const auto n = static_cast<int64_t>(indices.size());
    return {images_.narrow(0, indices[0], n), labels_.narrow(0, indices[0], n)};
  }
  std::string fingerprint() const override { return "fixed"; }

 private:
  at::Tensor images_, labels_;
};

/// Writes the network for the Python side: the same layers, plainly in PyTorch.
void export_network(const NetworkSpec& spec, const supernet::ParameterStore& store,
                    const std::string& folder) {
  const supernet::GraphNet net(spec, store);
  ExportedNetwork out{.spec = standalone(spec),
                      .weights = {},
                      .title = "bench",
                      .card = {},
                      .mean = {},
                      .std = {},
                      .class_names = {}};
  for (const auto& [name, value] : net.weights()) {
    out.weights.tensors.emplace(name, supernet::to_host(value));
  }
  out.channels = spec.inputs[0][1];
  out.image_size = spec.inputs[0][2];
  out.mean.assign(static_cast<size_t>(out.channels), 0.5);
  out.std.assign(static_cast<size_t>(out.channels), 0.5);
  write_file(folder + "/model.py", model_py(out));
  network_file(out).save(folder + "/model.safetensors");
}

int run(const std::vector<std::string>& args) {
  if (args.size() != 5)
    throw ConfigError("bench_train_step CONFIG BATCH RESOLUTION THREADS FOLDER");
  const int64_t batch = std::stoll(args[1]), resolution = std::stoll(args[2]);
  const int64_t threads = std::stoll(args[3]);
  const ConfigNode config = ConfigNode::load(args[0]);
  const std::unique_ptr<SearchSpace> space = make_space(config.child("space"));
  supernet::ParameterStore store = supernet::ParameterStore::of_space(*space);
  store.initialise(Rng(0));
  const NetworkSpec spec = space->lower(space->largest(), {.resolution = resolution});
  export_network(spec, store, args[4]);

  const FixedImages data(batch, spec.inputs[0][1], spec.inputs[0][2], spec.output()[1]);
  train::ShardedStep sharded(store, threads, threads, true);
  train::Optimizer optimizer({}, store);
  std::vector<int64_t> indices(static_cast<size_t>(batch));
  for (int64_t i = 0; i < batch; ++i) indices[static_cast<size_t>(i)] = i;
  const Rng augment(0);
  const std::vector<train::SubnetTask> tasks = {
      {.arch = space->largest(), .resolution = resolution}};
  std::cout << "ready" << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
    const int64_t steps = std::stoll(line);
    const auto begin = std::chrono::steady_clock::now();
    for (int64_t i = 0; i < steps; ++i) {
      sharded.run({.step = train::prepare_step(*space, data, indices, augment, tasks, threads)});
      optimizer.step(store.values(), sharded.gradients(), 0.01, 0);
    }
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
    std::cout << took.count() / static_cast<double>(steps) << std::endl;
  }
  return 0;
}

}  // namespace
}  // namespace tailor

int main(int argc, char** argv) {
  return tailor::bench::bench_main("bench_train_step", argc, argv, tailor::run);
}
