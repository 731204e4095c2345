// Latency from a table.
#include "predictors/latency_lut.h"

#include <algorithm>
#include <cmath>
#include <mutex>
#include <numeric>
#include <set>
#include <shared_mutex>
#include <unordered_map>
#include <utility>

#include "core/error.h"
#include "core/rounded.h"
#include "predictors/latency_sum.h"

namespace tailor::predict {
namespace {

std::string device_text(const hw::DeviceInfo& device) {
  return str(device.device, ", ", device.runtime, " ", device.version, ", ", device.precision,
             ", batch ", device.batch, ", ", device.threads, " threads");
}

/// "stage1" of "stage1.block2".
std::string place_of(const Block& block) { return block.name.substr(0, block.name.find('.')); }

Provenance provenance_of(hw::Rung rung) {
  switch (rung) {
    case hw::Rung::measured:
      return Provenance::measured;
    case hw::Rung::interpolated:
      return Provenance::interpolated;
    case hw::Rung::borrowed:
      return Provenance::borrowed;
    case hw::Rung::analytic:
      return Provenance::analytic;
  }
  throw Error(str("no rung has the number ", static_cast<int>(rung)));
}

}  // namespace

double LatencySources::total_ms() const { return std::accumulate(ms.begin(), ms.end(), 0.0); }

double LatencySources::inexact_share() const {
  const double total = total_ms();
  return total > 0 ? 1 - ms[static_cast<size_t>(hw::Rung::measured)] / total : 0;
}

hw::Rung LatencySources::worst() const {
  for (size_t rung = hw::kRungs; rung-- > 0;) {
    if (ms[rung] > 0) return static_cast<hw::Rung>(rung);
  }
  return hw::Rung::measured;
}

std::string LatencySources::text() const {
  const double total = total_ms();
  std::string out = str(rounded(ms[0], 2), " of ", rounded(total, 2), " ms measured");
  for (size_t rung = 1; rung < hw::kRungs; ++rung) {
    if (ms[rung] <= 0) continue;
    out += str(", ", rounded(ms[rung], 2), " (", std::round(100 * ms[rung] / total), " %) ",
               hw::rung_name(static_cast<hw::Rung>(rung)));
  }
  return out;
}

/// Times by block: networks share their blocks, and a block's key is a long text to look up.
class LatencyLut::Cache {
 public:
  hw::ProfileDb::Answer find_or(const std::shared_ptr<const Block>& block,
                                const hw::ProfileDb& db) {
    {
      std::shared_lock lock(mutex_);
      const auto found = times_.find(block.get());
      if (found != times_.end()) return found->second.answer;
    }
    const hw::ProfileDb::Answer answer = db.find(*block);
    std::unique_lock lock(mutex_);
    times_.emplace(block.get(), Kept{block, answer});
    return answer;
  }

 private:
  struct Kept {
    std::shared_ptr<const Block> block;  // alive, so that its address stays its own
    hw::ProfileDb::Answer answer;
  };
  std::shared_mutex mutex_;
  std::unordered_map<const Block*, Kept> times_;
};

LatencyLut::LatencyLut(const SearchSpace& space, const Workload& workload, hw::LatencyTable table)
    : LatencyLut(space, workload, hw::ProfileDb(std::move(table))) {}

LatencyLut::LatencyLut(const SearchSpace& space, const Workload& workload, hw::ProfileDb db)
    : space_(space), workload_(workload), db_(std::move(db)), cache_(std::make_unique<Cache>()) {
  for (size_t i = 0; i < space.axes().size(); ++i) {
    const std::string& group = space.axes()[i].group;
    const bool alone = std::count_if(space.axes().begin(), space.axes().end(),
                                     [&](const Axis& a) { return a.group == group; }) == 1;
    if (alone && space.axes()[i].parent < 0) whole_axes_.push_back(i);
  }
  const hw::DeviceInfo& device = table().header().device;
  if (device.batch != workload.batch || device.precision != precision_name(workload.precision)) {
    throw Error(str("the latency table is for batch ", device.batch, " in ", device.precision,
                    ", networks are lowered for batch ", workload.batch, " in ",
                    precision_name(workload.precision)));
  }
  renew_tables();
}

void LatencyLut::renew_tables() {
  tables_ = std::make_unique<WhenItPays<LatencyTables>>([this] {
    return LatencyTables(
        space_, workload_, db_.network_ms(),
        [this](const std::shared_ptr<const Block>& block) { return cache_->find_or(block, db_); },
        correction_, whole_axes_, place_of);
  });
}

LatencyLut::~LatencyLut() = default;

void LatencyLut::fit(std::span<const Arch> archs, std::span<const double> measured_ms) {
  TAILOR_CHECK(archs.size() == measured_ms.size(), archs.size(), " archs, ", measured_ms.size(),
               " times");
  std::vector<MeasuredNetwork> networks;
  for (size_t i = 0; i < archs.size(); ++i) {
    networks.push_back({space_.print(archs[i]), features(archs[i]), measured_ms[i]});
  }
  correction_ = fit_latency_correction(networks);
  correction_.device = device_text(table().header().device);
  renew_tables();
}

void LatencyLut::set_correction(LatencyCorrection correction) {
  const std::string own = device_text(table().header().device);
  if (correction.device != own) {
    throw Error(str("the latency correction is of '", correction.device, "', the table of '", own,
                    "'; fit again"));
  }
  correction_ = std::move(correction);
  renew_tables();
}

LatencyLut::Sum LatencyLut::sum(const Arch& arch, bool with_named) const {
  const NetworkSpec spec = space_.lower(arch, workload_);
  Sum out;
  out.sources.ms[static_cast<size_t>(hw::Rung::analytic)] = db_.network_ms();
  out.features.table_ms = db_.network_ms();
  for (const BlockUse& use : spec.blocks) {
    const hw::ProfileDb::Answer answer = cache_->find_or(use.block, db_);
    out.sources.ms[static_cast<size_t>(answer.rung)] += answer.ms;
    out.features.table_ms += answer.ms;
    out.features.blocks += 1;
    out.features.nodes += static_cast<double>(use.block->nodes.size());
  }
  if (with_named) out.features.named = named_features(arch, spec, out.features.table_ms);
  return out;
}

NamedFeatures LatencyLut::named_features(const Arch& arch, const NetworkSpec& spec,
                                         double table_ms) const {
  NamedFeatures out;
  std::map<std::string, double>& shares = out["shares"];
  for (const BlockUse& use : spec.blocks) {
    shares[place_of(*use.block)] += cache_->find_or(use.block, db_).ms;
  }
  for (auto& [place, ms] : shares) ms /= table_ms;
  for (size_t axis : whole_axes_) {
    const auto choice = static_cast<size_t>(arch[axis]);
    const Axis& a = space_.axes()[axis];
    out["choices"][a.group + "=" + a.names[choice]] = 1;
  }
  return out;
}

LatencyFeatures LatencyLut::features(const Arch& arch) const { return sum(arch, true).features; }

LatencySources LatencyLut::sources(const Arch& arch) const { return sum(arch, false).sources; }

void LatencyLut::estimate(std::span<const Arch> archs, std::span<Estimate> out) const {
  TAILOR_CHECK(archs.size() == out.size(), archs.size(), " archs, room for ", out.size());
  const bool fitted = !correction_.networks.empty();
  const bool by_name = !correction_.residual_model.weights.empty();
  const LatencyTables* tables = tables_->after(archs.size());
  for (size_t i = 0; i < archs.size(); ++i) {
    if (tables) {
      const LatencyTables::Answer answer = (*tables)(archs[i]);
      if (std::isfinite(answer.ms)) {
        const Provenance from = provenance_of(answer.worst);
        out[i] = {answer.ms, fitted ? correction_.residual * answer.ms : 0,
                  fitted ? std::max(from, Provenance::fitted) : from};
        continue;
      }
    }
    const Sum s = sum(archs[i], by_name);
    const Provenance from = provenance_of(s.sources.worst());
    if (!fitted) {
      out[i] = {s.features.table_ms, 0, from};
      continue;
    }
    const double value = correction_(s.features);
    out[i] = {value, correction_.residual * value, std::max(from, Provenance::fitted)};
  }
}

std::optional<FactorSum> LatencyLut::factor_sum(const Restriction* only) const {
  return latency_sum(
      space_, workload_, db_.network_ms(),
      [this](const std::shared_ptr<const Block>& block) { return cache_->find_or(block, db_); },
      correction_, whole_axes_, place_of, only);
}

std::vector<Arch> correction_archs(const SearchSpace& space, const Estimator& spread_over,
                                   int64_t n, const Rng& rng, const Restriction* only) {
  constexpr int64_t kDrawsPerArch = 20;
  if (n < 1) throw Error(str("a correction takes at least one network, got ", n));
  std::vector<Arch> out;
  std::set<Arch> taken;
  const auto take = [&](const Arch& arch) {
    if (static_cast<int64_t>(out.size()) < n && taken.insert(arch).second) out.push_back(arch);
  };
  for (const Arch& arch : {space.smallest(), space.largest()}) {
    if (!only || space.allows(*only, arch)) take(arch);
  }
  // Uniform over the choices of each slot: every choice is seen about equally often.
  Rng stream = rng.fork("correction archs");
  std::set<Arch> drawn;
  for (int64_t i = 0; i < n * kDrawsPerArch; ++i) {
    const Arch arch = space.sample_choices(stream, only);
    if (!taken.contains(arch)) drawn.insert(arch);
  }
  std::vector<std::pair<double, Arch>> pool;
  for (const Arch& arch : drawn) pool.emplace_back(estimate_one(spread_over, arch), arch);
  std::sort(pool.begin(), pool.end());
  const int64_t wanted = n - static_cast<int64_t>(out.size());
  for (int64_t i = 0; i < wanted && !pool.empty(); ++i) {
    const auto at =
        (2 * static_cast<size_t>(i) + 1) * pool.size() / (2 * static_cast<size_t>(wanted));
    take(pool[std::min(at, pool.size() - 1)].second);
  }
  return out;
}

}  // namespace tailor::predict
