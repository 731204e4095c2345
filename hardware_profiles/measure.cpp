// The measuring policy for one network.
#include "hardware_profiles/measure.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "core/error.h"
#include "hardware_profiles/statistics.h"

namespace tailor::hw {
namespace {

/// Chunks until they agree or the budget ends.
Measurement take(ChunkSampler& sampler, const MeasureOptions& options) {
  const double limit = sampler.spent_ms() + options.budget_ms;
  const int64_t before = sampler.runs_done();
  std::vector<double> chunks;
  Measurement out;
  while (true) {
    chunks.push_back(sampler.chunk());
    const auto count = static_cast<int64_t>(chunks.size());
    if (count < options.min_repeats) continue;
    out.spread = median_spread(chunks);
    if (out.spread <= options.target_spread || count >= options.max_repeats ||
        sampler.spent_ms() >= limit) {
      break;
    }
  }
  out.median_ms = median(chunks);
  out.bimodal = is_bimodal(chunks);
  out.count = sampler.runs_done() - before;
  return out;
}

/// How far a take is from one that needs no other: the largest excess over what is allowed.
double trouble(const Measurement& m, const MeasureOptions& options) {
  const double spread = options.max_spread > 0 ? m.spread / options.max_spread : 0;
  return std::max({std::abs(m.drift) / options.drift_tolerance, spread, m.bimodal ? 2.0 : 0.0});
}

}  // namespace

MeasureOptions MeasureOptions::read(const ConfigNode& config) {
  MeasureOptions o;
  config.read("chunk_ms", o.chunk_ms,
              {.min = 0.001, .max = 1e4, .doc = "runs are timed in chunks of about this long"});
  config.read("warmup_ms", o.warmup_ms,
              {.min = 0, .max = 1e6, .doc = "most time spent warming a network up"});
  config.read(
      "warmup_tolerance", o.warmup_tolerance,
      {.min = 0.001, .max = 1, .doc = "warm once a chunk is no faster than the best by more"});
  config.read("min_repeats", o.min_repeats,
              {.min = 1, .max = 1e6, .doc = "chunks taken whatever they cost"});
  config.read("max_repeats", o.max_repeats, {.min = 1, .max = 1e6, .doc = "most chunks"});
  config.read("target_spread", o.target_spread,
              {.min = 0,
               .max = 1,
               .doc = "stop when half the 95 % confidence interval of the median, relative, is this"
                      " small"});
  config.read("budget_ms", o.budget_ms,
              {.min = 0.001, .max = 1e7, .doc = "running time a network, in milliseconds"});
  config.read("settle_ms", o.settle_ms,
              {.min = 0,
               .max = 1e5,
               .doc = "runs that are not read after another network ran; at least two"});
  config.read(
      "reference_ms", o.reference_ms,
      {.min = 0.001, .max = 1e5, .doc = "one reading of a reference, all its networks together"});
  config.read("drift_tolerance", o.drift_tolerance,
              {.min = 0.001,
               .max = 10,
               .doc = "retake when the reference moves by more across a measurement"});
  config.read("max_spread", o.max_spread,
              {.min = 0,
               .max = 10,
               .doc = "retake, and mark, a figure whose confidence interval is wider (half of it, "
                      "relative)"});
  config.read("retakes", o.retakes, {.min = 0, .max = 100, .doc = "most retakes of one figure"});
  config.read("rounds", o.rounds,
              {.min = 1, .max = 1e5, .doc = "rounds in which whole networks are interleaved"});
  config.read("round_ms", o.round_ms,
              {.min = 0.001, .max = 1e6, .doc = "running time a network in each round"});
  config.read("cold", o.cold,
              {.doc = "evict this machine's caches before every run; for backends that run here"});
  config.finish();
  if (o.max_repeats < o.min_repeats) {
    config.fail("max_repeats",
                str("must be at least min_repeats (", o.min_repeats, "), got ", o.max_repeats));
  }
  return o;
}

Measurement measure_network(PreparedNetwork& network, const std::string& name,
                            const MeasureOptions& options) {
  ChunkSampler sampler(network, name, options);
  sampler.warm_up();
  return take(sampler, options);
}

Measurement measure_network(PreparedNetwork& network, const std::string& name,
                            const MeasureOptions& options, Reference& reference) {
  ChunkSampler sampler(network, name, options);
  sampler.warm_up();
  Measurement best;
  for (int64_t tries = 0; tries <= options.retakes; ++tries) {
    const Reference::Reading before = reference.last();
    if (tries > 0) sampler.settle();
    Measurement now = take(sampler, options);
    const Reference::Reading after = reference.read();
    now.drift = after.slowdown / before.slowdown - 1;
    now.slowdown = 0.5 * (before.slowdown + after.slowdown);
    now.scale = reference.scale({now.slowdown, std::max(before.spread, after.spread)});
    if (tries == 0 || trouble(now, options) < trouble(best, options)) best = now;
    best.retaken = tries;
    if (trouble(now, options) <= 1) break;
  }
  best.median_ms *= best.scale;
  return best;
}

}  // namespace tailor::hw
