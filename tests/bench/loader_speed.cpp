// Images a second of batches made ahead: bench_loader_speed FOLDER RESOLUTION THREADS BATCHES
// FOLDER/train and FOLDER/test hold CLASS/FILE. Called by tests/bench/loader_vs_torchvision.
#include <ATen/ATen.h>

#include <chrono>
#include <iostream>

#include "core/error.h"
#include "core/prefetch.h"
#include "tests/bench/bench_main.h"
#include "trainers/data/dataset.h"

namespace tailor {
namespace {

int run(const std::vector<std::string>& args) {
  if (args.size() != 4) throw ConfigError("bench_loader_speed FOLDER RESOLUTION THREADS BATCHES");
  const int64_t resolution = std::stoll(args[1]), threads = std::stoll(args[2]);
  const int64_t batches = std::stoll(args[3]), batch = 64;
  // Nothing cached: both sides decode each image each time.
  const auto data = train::builtin_datasets().create(
      "image_folder",
      ConfigNode::parse(str("root: ", args[0], "\nvalidation: 1\ncache_mb: 0\n"), "bench"));
  const int64_t n = data->size(train::Split::train);
  const auto make = [&](int64_t step) {
    const Rng augment = Rng(1).fork("step", {step});
    std::vector<int64_t> indices;
    for (int64_t i = 0; i < batch; ++i) indices.push_back((step * batch + i) % n);
    return data->batch(train::Split::train, indices, resolution, &augment);
  };
  Prefetch<train::Batch> loader(0, batches, make, threads, 2 * threads);
  loader.next();  // threads have started, files have been listed
  const auto begin = std::chrono::steady_clock::now();
  for (int64_t b = 1; b < batches; ++b) loader.next();
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  std::cout << static_cast<double>((batches - 1) * batch) / seconds.count() << "\n";
  return 0;
}

}  // namespace
}  // namespace tailor

int main(int argc, char** argv) {
  return tailor::bench::bench_main("bench_loader_speed", argc, argv, tailor::run);
}
