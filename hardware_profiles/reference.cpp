// Readings of a reference.
#include "hardware_profiles/reference.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "hardware_profiles/measure.h"
#include "hardware_profiles/statistics.h"

namespace tailor::hw {
namespace {

constexpr int64_t kReadingChunks = 5;  // of one reading, over all parts
constexpr int64_t kStartReadings = 3;

/// The time to settle is shared out like the reading itself.
MeasureOptions options_of_part(MeasureOptions options, size_t parts) {
  options.settle_ms /= static_cast<double>(parts);
  return options;
}

std::vector<double> values(const std::vector<ReferenceTime>& times,
                           double (*value)(const ReferenceTime&)) {
  std::vector<double> out;
  for (const ReferenceTime& time : times) out.push_back(value(time));
  return out;
}

double spread_of(const ReferenceTime& time) { return time.spread; }

/// The median of several readings of one network.
ReferenceTime summary(const std::vector<ReferenceTime>& readings) {
  ReferenceTime out = {median(values(readings, [](const ReferenceTime& time) { return time.ms; })),
                       median(values(readings, spread_of))};
  for (const ReferenceTime& time : readings) out.count += time.count;
  return out;
}

}  // namespace

Reference::Reference(std::vector<Part> parts, const MeasureOptions& options)
    : reading_ms_(options.reference_ms) {
  if (parts.empty()) throw Error("a reference needs a network");
  const MeasureOptions each = options_of_part(options, parts.size());
  for (Part& part : parts) {
    ChunkSampler sampler(*part.network, part.name, each);
    sampler.warm_up();
    members_.push_back({std::move(part.network), std::move(sampler)});
  }
  starts_.resize(parts.size());
  const bool known = std::all_of(parts.begin(), parts.end(),
                                 [](const Part& part) { return part.start.has_value(); });
  const std::vector<ReferenceTime> now = known ? starts_ : measure_starts();
  for (size_t i = 0; i < parts.size(); ++i) {
    starts_[i] = parts[i].start.value_or(now[i]);
    if (!(starts_[i].ms > 0)) throw Error(str("reference '", parts[i].name, "' starts at 0 ms"));
  }
  start_spread_ = median(values(starts_, spread_of)) / std::sqrt(static_cast<double>(parts.size()));
  read();
}

ReferenceTime Reference::read_member(ChunkSampler& sampler, int64_t chunks, double chunk_ms) {
  sampler.settle();
  const int64_t before = sampler.runs_done();
  std::vector<double> times;
  for (int64_t i = 0; i < chunks; ++i) times.push_back(sampler.chunk_of(chunk_ms));
  return {median(times), median_spread(times), sampler.runs_done() - before};
}

std::vector<ReferenceTime> Reference::measure_starts() {
  std::vector<std::vector<ReferenceTime>> readings(members_.size());
  const double chunk_ms = reading_ms_ / static_cast<double>(kReadingChunks);
  for (int64_t round = 0; round < kStartReadings; ++round) {
    for (size_t i = 0; i < members_.size(); ++i) {
      readings[i].push_back(read_member(members_[i].sampler, kReadingChunks, chunk_ms));
    }
  }
  std::vector<ReferenceTime> out;
  for (const auto& each : readings) out.push_back(summary(each));
  return out;
}

const Reference::Reading& Reference::read() {
  const auto parts = static_cast<int64_t>(members_.size());
  const int64_t chunks = (kReadingChunks + parts - 1) / parts;
  const double chunk_ms = reading_ms_ / static_cast<double>(chunks * parts);
  std::vector<double> slowdowns;
  double spread = 0;
  for (size_t i = 0; i < members_.size(); ++i) {
    const ReferenceTime now = read_member(members_[i].sampler, chunks, chunk_ms);
    slowdowns.push_back(now.ms / starts_[i].ms);
    spread = now.spread;
  }
  last_ = {median(slowdowns), parts > 1 ? median_spread(slowdowns) : spread};
  return last_;
}

double Reference::scale(const Reading& now) const {
  const double factor = 1 / now.slowdown;
  return std::abs(factor - 1) > std::max(start_spread_, now.spread) ? factor : 1;
}

}  // namespace tailor::hw
