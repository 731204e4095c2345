// Rounds over a list of networks.
#include "hardware_profiles/interleaved.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/interrupt.h"
#include "hardware_profiles/statistics.h"

namespace tailor::hw {
namespace {

struct Figure {
  double raw_ms = 0;
  double drift = 0;  // of the reference across it
  Reference::Reading reference = {};
  int64_t retaken = 0;
};

using Figures = std::vector<std::vector<Figure>>;  // [network][round]

Figure take_figure(ChunkSampler& sampler, const MeasureOptions& options, Reference* reference) {
  sampler.settle();
  if (!reference) return {sampler.chunk_of(options.round_ms)};
  Figure best;
  for (int64_t tries = 0; tries <= options.retakes; ++tries) {
    const Reference::Reading before = reference->last();
    Figure now;
    if (tries > 0) sampler.settle();
    now.raw_ms = sampler.chunk_of(options.round_ms);
    const Reference::Reading after = reference->read();
    now.drift = after.slowdown / before.slowdown - 1;
    now.reference = {0.5 * (before.slowdown + after.slowdown),
                     std::max(before.spread, after.spread)};
    if (tries == 0 || std::abs(now.drift) < std::abs(best.drift)) best = now;
    best.retaken = tries;
    if (std::abs(now.drift) <= options.drift_tolerance) break;
  }
  return best;
}

std::vector<double> values(const std::vector<Figure>& figures,
                           const std::function<double(const Figure&)>& value) {
  std::vector<double> out;
  for (const Figure& figure : figures) out.push_back(value(figure));
  return out;
}

/// Sum over the networks of how much their rounds disagree.
double disagreement(const Figures& figures, const std::function<double(const Figure&)>& value) {
  double sum = 0;
  for (const auto& rounds : figures) sum += median_spread(values(rounds, value));
  return sum;
}

/// What each figure is multiplied with; decided by which makes the rounds agree.
std::function<double(const Figure&)> choose_scale(const Figures& figures,
                                                  const Reference* reference) {
  if (!reference || figures.empty()) return [](const Figure&) { return 1.0; };
  const auto by_round = [](const Figure& figure) { return 1 / figure.reference.slowdown; };
  const double raw = disagreement(figures, [](const Figure& f) { return f.raw_ms; });
  const double scaled =
      disagreement(figures, [&](const Figure& f) { return f.raw_ms * by_round(f); });
  if (scaled < raw) return by_round;
  std::vector<double> readings, spreads;
  for (const auto& rounds : figures) {
    for (const Figure& figure : rounds) {
      readings.push_back(figure.reference.slowdown);
      spreads.push_back(figure.reference.spread);
    }
  }
  const double all = reference->scale({median(readings), median(spreads)});
  return [all](const Figure&) { return all; };
}

Interleaved summarise(const Figures& figures, const std::vector<int64_t>& counts,
                      const std::function<double(const Figure&)>& scale) {
  Interleaved out;
  std::vector<double> differences;
  for (size_t i = 0; i < figures.size(); ++i) {
    const std::vector<double> rounds =
        values(figures[i], [&](const Figure& f) { return f.raw_ms * scale(f); });
    Measurement m;
    m.median_ms = median(rounds);
    m.spread = median_spread(rounds);
    m.count = counts[i];
    m.scale = median(values(figures[i], scale));
    m.drift = median(values(figures[i], [](const Figure& f) { return std::abs(f.drift); }));
    for (const Figure& figure : figures[i]) m.retaken += figure.retaken;
    out.measurements.push_back(m);
    if (rounds.size() >= 2) differences.push_back(Halves(rounds).difference());
    out.rounds_ms.push_back(rounds);
  }
  if (!differences.empty()) out.floor = median(differences);
  return out;
}

}  // namespace

Halves::Halves(std::span<const double> rounds)
    : first(median(rounds.first(rounds.size() / 2))),
      second(median(rounds.last(rounds.size() / 2))) {}

double Halves::difference() const { return std::abs(first - second) / (0.5 * (first + second)); }

Interleaved measure_interleaved(std::span<const NamedNetwork> networks,
                                const MeasureOptions& options, Reference* reference,
                                const std::function<void(int64_t, int64_t)>& on_step) {
  std::vector<ChunkSampler> samplers;
  for (const NamedNetwork& named : networks) {
    TAILOR_CHECK(named.network, "network '", named.name, "' is not prepared");
    samplers.emplace_back(*named.network, named.name, options);
    samplers.back().warm_up();
  }
  std::vector<int64_t> before;
  for (const ChunkSampler& sampler : samplers) before.push_back(sampler.runs_done());

  const auto count = static_cast<int64_t>(networks.size());
  Figures figures(networks.size());
  if (reference) reference->read();
  for (int64_t round = 0; round < options.rounds; ++round) {
    for (int64_t n = 0; n < count; ++n) {
      throw_if_interrupted();
      // Another start each round, so that no network always follows the same one.
      const auto i = static_cast<size_t>((n + round) % count);
      figures[i].push_back(take_figure(samplers[i], options, reference));
      if (on_step) on_step(round * count + n + 1, options.rounds * count);
    }
  }
  std::vector<int64_t> counts;
  for (size_t i = 0; i < samplers.size(); ++i) {
    counts.push_back(samplers[i].runs_done() - before[i]);
  }
  return summarise(figures, counts, choose_scale(figures, reference));
}

}  // namespace tailor::hw
