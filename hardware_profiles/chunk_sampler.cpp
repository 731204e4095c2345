// Runs a prepared network in chunks.
#include "hardware_profiles/chunk_sampler.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "core/error.h"
#include "hardware_profiles/measure.h"
#include "hardware_profiles/statistics.h"

namespace tailor::hw {
namespace {

constexpr int64_t kMaxRuns = 4096;  // in a chunk
constexpr double kGrowth = 8;       // of a chunk while its size is sought
constexpr int64_t kSettleRuns = 2;  // at least

/// Writes through more memory than any cache of this machine holds.
void evict_caches() {
  constexpr size_t kBytes = size_t{256} << 20, kLine = 64;
  static std::vector<char> memory(kBytes);
  for (size_t i = 0; i < kBytes; i += kLine) ++memory[i];
}

}  // namespace

ChunkSampler::ChunkSampler(PreparedNetwork& network, std::string name,
                           const MeasureOptions& options)
    : network_(network),
      name_(std::move(name)),
      chunk_ms_(options.chunk_ms),
      warmup_ms_(options.warmup_ms),
      tolerance_(options.warmup_tolerance),
      settle_ms_(options.settle_ms),
      cold_(options.cold) {}

std::vector<double> ChunkSampler::times_of(int64_t runs) {
  if (!cold_) return network_.measure(runs);
  std::vector<double> out;
  for (int64_t i = 0; i < runs; ++i) {
    evict_caches();
    for (const double time : network_.measure(1)) out.push_back(time);
  }
  return out;
}

std::vector<double> ChunkSampler::run(int64_t runs) {
  std::vector<double> times;
  try {
    times = times_of(runs);
  } catch (const DeviceError& error) {
    throw DeviceError(str("measuring '", name_, "': ", error.what()));
  }
  if (times.size() != static_cast<size_t>(runs)) {
    throw DeviceError(str("measuring '", name_, "': asked for ", runs,
                          " runs, the runtime returned ", times.size(), " times"));
  }
  for (size_t i = 0; i < times.size(); ++i) {
    if (!std::isfinite(times[i]) || times[i] < 0) {
      throw DeviceError(str("measuring '", name_, "': the runtime returned ", times[i],
                            " ms for run ", i + 1, " of ", runs,
                            "; a time is a finite number >= 0"));
    }
  }
  runs_done_ += runs;
  spent_ms_ += std::accumulate(times.begin(), times.end(), 0.0);
  return times;
}

void ChunkSampler::size_chunk() {
  while (true) {
    const double before = spent_ms_;
    run(runs_);
    const double took = spent_ms_ - before;
    if (took >= 0.5 * chunk_ms_) break;
    if (runs_ == kMaxRuns) {
      if (took > 0) break;
      throw DeviceError(str("measuring '", name_, "': ", kMaxRuns,
                            " runs took 0 ms; the runtime's clock does not move"));
    }
    const double wanted = took > 0 ? std::min(kGrowth, chunk_ms_ / took) : kGrowth;
    const double next = std::ceil(static_cast<double>(runs_) * wanted);
    runs_ = std::min(kMaxRuns, static_cast<int64_t>(next));
  }
}

void ChunkSampler::warm_up() {
  const double limit = spent_ms_ + warmup_ms_;
  size_chunk();
  double best = chunk();
  while (spent_ms_ < limit) {
    const double now = chunk();
    if (now > best * (1 - tolerance_)) break;
    best = now;
  }
}

void ChunkSampler::settle() {
  if (run_ms_ <= 0) warm_up();
  const auto wanted = static_cast<int64_t>(std::ceil(settle_ms_ / run_ms_));
  run(std::clamp(wanted, kSettleRuns, kMaxRuns));
}

double ChunkSampler::chunk() {
  const double value = chunk_value(run(runs_));
  if (value <= 0) {
    throw DeviceError(str("measuring '", name_, "': ", runs_,
                          " runs took 0 ms; the runtime's clock is too coarse"));
  }
  run_ms_ = value;
  return value;
}

double ChunkSampler::chunk_of(double chunk_ms) {
  if (run_ms_ <= 0) warm_up();
  const double wanted =
      std::clamp(std::round(chunk_ms / run_ms_), 1.0, static_cast<double>(kMaxRuns));
  const int64_t usual = std::exchange(runs_, static_cast<int64_t>(wanted));
  const double value = chunk();
  runs_ = usual;
  return value;
}

}  // namespace tailor::hw
