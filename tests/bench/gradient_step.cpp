// Memory and time of the steps of a search by gradient against training one path as a plain
// network: the same batch, one thread, in turns.
// bench_gradient_step CONFIG BATCH ROUNDS
#include <ATen/ATen.h>

#include <algorithm>
#include <chrono>
#include <iomanip>
#include <iostream>

#include "core/error.h"
#include "supernet/torch/graph_net.h"
#include "supernet/torch/live_tensors.h"
#include "tests/bench/bench_main.h"
#include "trainers/gradient/mixed_net.h"
#include "trainers/losses.h"
#include "trainers/shard_step.h"

namespace tailor {
namespace {

struct Steps {
  std::unique_ptr<SearchSpace> space;
  Restriction only;
  Workload workload{.phase = Phase::train};
  std::vector<BlockPlace> places;
  train::Slots slots;
  train::MixedNet net;
  supernet::ParameterStore store;
  train::Batch batch;

  Steps(const ConfigNode& config, int64_t size)
      : space(make_space(config.child("space"))),
        only(largest_size(*space)),
        places(block_places(*space, workload, &only)),
        slots(*space, places, &only),
        net(slots, places, workload),
        store(supernet::ParameterStore::of_space(*space)) {
    store.initialise(Rng(0));
    const NetworkSpec spec =
        space->lower(slots.arch(std::vector<size_t>(slots.size(), 0)), workload);
    at::manual_seed(0);
    batch = {at::randn({size, spec.inputs[0][1], spec.inputs[0][2], spec.inputs[0][3]}),
             at::randint(0, spec.output()[1], {size}, at::kLong)};
  }

  static Restriction largest_size(const SearchSpace& space) {
    const int axis = space.axis_index("r", 0);
    return axis < 0
               ? space.restrict({})
               : space.restrict({{"r", {space.axes()[static_cast<size_t>(axis)].values.back()}}});
  }

  at::Tensor loss(const at::Tensor& logits) const {
    return train::label_loss(logits, batch.labels, 0.1);
  }
};

/// One path and, for every slot, other options in a random order behind it.
struct Path {
  std::vector<size_t> options;
  std::vector<std::vector<size_t>> others;

  Path(const train::Slots& slots, Rng rng) {
    for (size_t s = 0; s < slots.size(); ++s) {
      std::vector<size_t> order(slots[s].options.size());
      for (size_t i = 0; i < order.size(); ++i) order[i] = i;
      rng.shuffle(order);
      options.push_back(order[0]);
      others.emplace_back(order.begin() + 1, order.end());
    }
  }

  /// The path active, `beside` others at gate 0; relaxed: all with equal gates.
  std::vector<train::GateDraw> draws(size_t beside, bool relaxed) const {
    std::vector<train::GateDraw> out;
    for (size_t s = 0; s < options.size(); ++s) {
      train::GateDraw& draw = out.emplace_back();
      draw.options = {options[s]};
      for (size_t i = 0; i < std::min(beside, others[s].size()); ++i) {
        draw.options.push_back(others[s][i]);
      }
      const double share = 1.0 / static_cast<double>(draw.options.size());
      draw.gates.assign(draw.options.size(), relaxed ? share : 0);
      if (!relaxed) draw.gates[0] = 1;
      draw.probabilities.assign(draw.options.size(), share);
    }
    return out;
  }
};

struct Kind {
  std::string name;
  std::function<void(const Path&)> step;
  std::vector<double> memory = {}, time = {};  // a round: over the plain network's
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

/// Peak bytes above what was alive, and milliseconds, of the last of a few steps.
std::pair<double, double> measure(const std::function<void(const Path&)>& step, const Path& path) {
  step(path);  // warm
  const supernet::LiveTensors tensors;
  double least = INFINITY;
  for (int i = 0; i < 3; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    step(path);
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
    least = std::min(least, took.count());
  }
  return {static_cast<double>(tensors.peak_bytes()), least};
}

/// The path alone, its weights its own. Its gradients' buffer is made beforehand, as that of the
/// supernet is.
struct Plain {
  supernet::ExtractedNetwork network;
  at::Tensor gradients;

  Plain(const Steps& s, const Path& path)
      : network(supernet::extract(
            supernet::GraphNet(s.space->lower(s.slots.arch(path.options), s.workload), s.store))),
        gradients(network.store.zeros_like_values()) {}

  void step(const Steps& s) {
    supernet::GraphNet net(network.spec, network.store, gradients);
    net.backward(s.loss(net.forward(s.batch.images, supernet::RunMode::train)));
  }
};

int run(const std::vector<std::string>& args) {
  if (args.size() != 3) throw ConfigError("bench_gradient_step CONFIG BATCH ROUNDS");
  const ConfigNode config = ConfigNode::load(args[0]);
  const Steps s(config, std::stoll(args[1]));
  const int64_t rounds = std::stoll(args[2]);
  at::Tensor gradients = s.store.zeros_like_values();
  const auto mixed = [&](size_t beside, bool relaxed, bool recompute) {
    return [&s, beside, relaxed, recompute](const Path& path) {
      s.net.run(s.store, s.batch.images, path.draws(beside, relaxed), recompute,
                [&](const at::Tensor& logits) { return s.loss(logits); });
    };
  };
  const size_t all = 1000;
  std::vector<Kind> kinds = {
      {"weight step, one sampled path",
       [&](const Path& path) {
         supernet::GraphNet net(s.space->lower(s.slots.arch(path.options), s.workload), s.store,
                                gradients);
         net.backward(s.loss(net.forward(s.batch.images, supernet::RunMode::train)));
       }},
      {"architecture step, two paths", mixed(1, false, false)},
      {"architecture step, all paths recomputed", mixed(all, false, true)},
      {"architecture step, all paths kept", mixed(all, false, false)},
      {"architecture step, full mixture", mixed(all, true, false)}};
  double plain_bytes = 0, plain_ms = 0;
  for (int64_t round = 0; round < rounds; ++round) {
    const Path path(s.slots, Rng(static_cast<uint64_t>(round)));
    Plain plain(s, path);
    const auto [bytes, ms] = measure([&](const Path&) { plain.step(s); }, path);
    plain_bytes += bytes / static_cast<double>(rounds);
    plain_ms += ms / static_cast<double>(rounds);
    for (Kind& kind : kinds) {
      const auto [own_bytes, own_ms] = measure(kind.step, path);
      // The plain network again, right behind: the machine's speed changes.
      const double again = measure([&](const Path&) { plain.step(s); }, path).second;
      kind.memory.push_back(own_bytes / bytes);
      kind.time.push_back(own_ms / again);
    }
  }
  std::cout << std::fixed << std::setprecision(2) << "plain network: " << plain_bytes / 1e6
            << " MB, " << plain_ms << " ms a step (means over " << rounds << " random paths)\n";
  for (const Kind& kind : kinds) {
    std::cout << std::left << std::setw(42) << kind.name << " memory " << median(kind.memory)
              << " x (at most " << *std::max_element(kind.memory.begin(), kind.memory.end())
              << "), time " << median(kind.time) << " x (at most "
              << *std::max_element(kind.time.begin(), kind.time.end()) << ")\n";
  }
  return 0;
}

}  // namespace
}  // namespace tailor

int main(int argc, char** argv) {
  return tailor::bench::bench_main("bench_gradient_step", argc, argv, tailor::run);
}
