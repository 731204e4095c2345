// Measuring whole networks, and the layer's share of them.
#include "tools/stages/placement_latency.h"

#include <cmath>

#include "core/file.h"
#include "hardware_profiles/statistics.h"
#include "tools/stages/generate_bench.h"
#include "trainers/language/mixers.h"

namespace tailor::tools {
namespace {

constexpr int64_t kDecoded = 16;  // tokens timed

/// One placement and its times, round by round.
struct Timed {
  Arch arch;
  supernet::ParameterStore store;
  std::vector<double> prefill_ms = {}, decode_ms = {};

  Timed(const Postnas& postnas, Arch a) : arch(std::move(a)), store(weights(postnas, arch)) {}

  static supernet::ParameterStore weights(const Postnas& postnas, const Arch& arch) {
    const NetworkSpec spec = postnas.lower(arch);
    supernet::ParameterStore store(std::span(&spec, 1));
    store.initialise(Rng(0));
    return store;
  }

  void measure(const Postnas& postnas) {
    const GenerateFigures figures = bench_generate(
        postnas.space(), arch, store,
        {.context = postnas.section().sizes.context, .tokens = kDecoded, .rounds = 1});
    prefill_ms.push_back(1e3 * figures.prefill_seconds);
    decode_ms.push_back(1e3 / figures.decode_tokens_per_second);
  }
};

std::vector<std::string> everywhere(const Postnas& postnas, const std::string& mixer) {
  return std::vector<std::string>(static_cast<size_t>(postnas.layers()), mixer);
}

}  // namespace

PlacementLatencies measure_placements(const Postnas& postnas, int64_t rounds) {
  Timed linear(postnas, postnas.arch(everywhere(postnas, postnas.section().placement.linear)));
  Timed full(postnas, postnas.arch(everywhere(postnas, train::kFullMixer)));
  for (int64_t round = 0; round < rounds; ++round) {
    linear.measure(postnas);
    full.measure(postnas);
  }
  return {.prefill = {hw::median(linear.prefill_ms), hw::median(full.prefill_ms)},
          .decode = {hw::median(linear.decode_ms), hw::median(full.decode_ms)}};
}

Factor mixer_factor(const Postnas& postnas, int layer, double full, double linear) {
  const SearchSpace& space = postnas.space();
  const auto axis = static_cast<size_t>(space.axis_index("mixer", layer));
  Factor factor{{axis}, {NAN}};
  for (const std::string& name : space.axes()[axis].names) {
    factor.values.push_back(name == train::kFullMixer                    ? full
                            : name == postnas.section().placement.linear ? linear
                                                                         : NAN);
  }
  return factor;
}

FactorEstimator placement_latency(const Postnas& postnas, const std::string& metric,
                                  const PlacementLatency& measured) {
  std::vector<Factor> factors;
  for (int layer = 0; layer < static_cast<int>(postnas.layers()); ++layer)
    factors.push_back(mixer_factor(postnas, layer, measured.full_layer_ms(postnas.layers()), 0));
  return FactorEstimator(metric,
                         FactorSum(postnas.space(), measured.all_linear_ms, std::move(factors)),
                         Provenance::measured);
}

std::string placement_latency_csv(const PlacementLatencies& measured, int64_t layers) {
  Csv csv;
  csv.header = {"metric", "all_linear_ms", "all_full_ms", "full_layer_ms"};
  const auto add = [&](const char* name, const PlacementLatency& one) {
    csv.rows.push_back({name, number(one.all_linear_ms), number(one.all_full_ms),
                        number(one.full_layer_ms(layers))});
  };
  add("prefill_ms", measured.prefill);
  add("decode_ms", measured.decode);
  return csv.text();
}

}  // namespace tailor::tools
