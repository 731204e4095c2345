// Few-shot transfer of latency between devices.
#include "predictors/latency_transfer.h"

#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "predictors/predictor_file.h"

namespace tailor::predict {
namespace {

constexpr size_t kTotals = CostFeatures::kKinds;
constexpr size_t kBatchPerThread = 16;
/// Before anything is measured: variance that each part explains, against a measurement's noise.
constexpr double kPriorVariances[] = {1, 1, 0.3, 0.3};
constexpr double kPriorNoise = 0.05;
/// With fewer rows an outlier cannot be told from a device's own way.
constexpr size_t kLeastRobustRows = 30;
constexpr double kMostSources = 256;

}  // namespace

void LatencyTransfer::learn_sources(const LatencyArchive& archive, const std::string& left_out,
                                    const Rng& rng) {
  if (!left_out.empty()) archive.device(left_out);
  std::vector<std::unique_ptr<Source>> sources;
  for (size_t d = 0; d < archive.devices.size(); ++d) {
    if (archive.devices[d] == left_out) continue;
    sources.push_back(std::make_unique<Source>(archive.devices[d], LatencyRegressor(space_)));
    sources.back()->model.fit(archive.archs, archive.latency_ms[d],
                              rng.fork("source", {static_cast<int64_t>(d)}));
  }
  if (sources.empty()) {
    throw Error(str("predictor '", kind(), "' needs a device with known latencies besides '",
                    left_out, "'"));
  }
  sources_ = std::move(sources);
  std::vector<int64_t> order =
      rng.fork("pool").permutation(static_cast<int64_t>(archive.archs.size()));
  order.resize(std::min(order.size(), kMaxPool));
  pool_.clear();
  for (int64_t i : order) pool_.push_back(archive.archs[static_cast<size_t>(i)]);
  measured_.clear();
  model_ = {};
  scale_to_pool();
}

std::vector<std::string> LatencyTransfer::sources() const {
  std::vector<std::string> out;
  for (const auto& source : sources_) out.push_back(source->device);
  return out;
}

FeatureParts LatencyTransfer::parts() const {
  const size_t s = sources_.size();
  return {{0, s},
          {s, s + kTotals},
          {s + kTotals, s + costs_.choices_begin()},
          {s + costs_.choices_begin(), size()}};
}

std::vector<double> LatencyTransfer::row(const Arch& arch) const {
  std::vector<double> out(size());
  for (size_t s = 0; s < sources_.size(); ++s) out[s] = estimate_one(sources_[s]->model, arch);
  const std::span<double> all(out);
  costs_.fill(arch, all.subspan(sources_.size()));
  if (!scale_.means.empty()) scale_.apply(all.first(sources_.size() + kTotals));
  return out;
}

std::vector<double> LatencyTransfer::pool_rows() const {
  std::vector<double> out(pool_.size() * size());
  tbb::parallel_for(
      tbb::blocked_range<size_t>(0, pool_.size(), kBatchPerThread), [&](const auto& range) {
        for (size_t i = range.begin(); i < range.end(); ++i) {
          const std::vector<double> one = row(pool_[i]);
          std::copy(one.begin(), one.end(), out.begin() + static_cast<std::ptrdiff_t>(i * size()));
        }
      });
  return out;
}

void LatencyTransfer::scale_to_pool() {
  scale_ = {};
  const std::vector<double> rows = pool_rows();
  const size_t columns = sources_.size() + kTotals;
  std::vector<double> first;
  for (size_t i = 0; i < pool_.size(); ++i) {
    const auto begin = rows.begin() + static_cast<std::ptrdiff_t>(i * size());
    first.insert(first.end(), begin, begin + static_cast<std::ptrdiff_t>(columns));
  }
  scale_ = ColumnScale::of(first, columns);
}

std::vector<Arch> LatencyTransfer::choose_samples(int64_t count) const {
  if (sources_.empty()) throw Error(str("predictor '", kind(), "' has learned no source"));
  const std::vector<double> rows = pool_rows();
  std::vector<double> scales(size());
  const FeatureParts all = parts();
  for (size_t p = 0; p < all.size(); ++p) {
    double power = 0;
    for (size_t c = all[p].first; c < all[p].second; ++c) {
      double sum = 0, squares = 0;
      for (size_t r = 0; r < pool_.size(); ++r) {
        const double x = rows[r * size() + c];
        sum += x;
        squares += x * x;
      }
      const auto n = static_cast<double>(pool_.size());
      power += squares / n - sum / n * (sum / n);
    }
    const double scale = power > 0 ? std::sqrt(kPriorVariances[p] / power) : 0;
    std::fill(scales.begin() + static_cast<std::ptrdiff_t>(all[p].first),
              scales.begin() + static_cast<std::ptrdiff_t>(all[p].second), scale);
  }
  const auto wanted = static_cast<size_t>(std::max<int64_t>(count, 0));
  std::vector<Arch> out;
  for (size_t i : choose_rows(rows, scales, kPriorNoise, {}, wanted).rows) out.push_back(pool_[i]);
  return out;
}

void LatencyTransfer::fit(std::span<const Arch> archs, std::span<const double> values, const Rng&) {
  if (sources_.empty()) {
    throw Error(str("predictor '", kind(), "' has learned no source; learn_sources comes first"));
  }
  check_latencies(kind(), space_, archs, values, 2);
  std::vector<double> x;
  mean_ms_ = 0;
  for (size_t i = 0; i < archs.size(); ++i) {
    const std::vector<double> one = row(archs[i]);
    x.insert(x.end(), one.begin(), one.end());
    mean_ms_ += values[i] / static_cast<double>(values.size());
  }
  model_ =
      fit_part_regression(x, values, parts(), {.rounds = archs.size() < kLeastRobustRows ? 1 : 4});
  measured_.assign(archs.begin(), archs.end());
}

void LatencyTransfer::estimate(std::span<const Arch> archs, std::span<Estimate> out) const {
  estimate_by_rows(
      *this, model_, [this](const Arch& arch) { return row(arch); }, archs, out);
}

SampleAdvice LatencyTransfer::advise(double relative_error, int64_t most) const {
  if (model_.weights.empty()) throw Error(str("predictor '", kind(), "' has learned nothing yet"));
  // The measured archs are rows in front of those to choose from.
  std::vector<double> rows;
  std::vector<size_t> taken;
  for (const Arch& arch : measured_) {
    const std::vector<double> one = row(arch);
    rows.insert(rows.end(), one.begin(), one.end());
    taken.push_back(taken.size());
  }
  for (size_t i = 0; i < pool_.size(); ++i) {
    if (std::find(measured_.begin(), measured_.end(), pool_[i]) != measured_.end()) {
      taken.push_back(measured_.size() + i);
    }
  }
  const std::vector<double> pool = pool_rows();
  rows.insert(rows.end(), pool.begin(), pool.end());
  const Acquisition next = choose_rows(rows, model_.scales, model_.noise * model_.noise, taken,
                                       static_cast<size_t>(std::max<int64_t>(most, 0)));
  SampleAdvice out;
  out.error_now = out.error_then = next.deviation_before / mean_ms_;
  for (size_t i = 0; i < next.rows.size() && out.error_then > relative_error; ++i) {
    out.archs.push_back(pool_[next.rows[i] - measured_.size()]);
    out.error_then = next.deviations[i] / mean_ms_;
  }
  return out;
}

TensorFile LatencyTransfer::to_file() const {
  if (model_.weights.empty()) {
    throw Error(str("predictor '", kind(), "' has learned nothing that can be saved"));
  }
  TensorFile file = predictor_file(*this, space_);
  for (size_t s = 0; s < sources_.size(); ++s) {
    file.metadata[str("source", s)] = sources_[s]->device;
    for (auto& [name, tensor] : sources_[s]->model.to_file().tensors) {
      file.tensors[str("source", s, ".", name)] = tensor;
    }
  }
  const auto choices = [](const std::vector<Arch>& archs) {
    std::vector<double> out;
    for (const Arch& arch : archs) {
      for (int8_t choice : arch.choices()) out.push_back(choice);
    }
    return out;
  };
  file.tensors["sizes"] =
      to_tensor({static_cast<double>(sources_.size()), static_cast<double>(pool_.size()),
                 static_cast<double>(measured_.size()), mean_ms_});
  file.tensors["pool"] = to_tensor(choices(pool_));
  file.tensors["measured"] = to_tensor(choices(measured_));
  write_regression(model_, "target.", file);
  return file;
}

void LatencyTransfer::from_file(const TensorFile& file) {
  check_predictor_file(file, *this, space_);
  const double count = from_tensor(file, "sizes", 4)[0];
  if (!(count >= 1) || count > kMostSources || count != std::floor(count)) {
    throw IoError(str(file.source, ": number of sources must be a whole number in [1, ",
                      kMostSources, "], got ", count));
  }
  sources_.clear();
  for (size_t s = 0; s < static_cast<size_t>(count); ++s) {
    const auto device = file.metadata.find(str("source", s));
    if (device == file.metadata.end()) {
      throw IoError(str(file.source, ": metadata name no 'source", s, "'"));
    }
    sources_.push_back(std::make_unique<Source>(device->second, LatencyRegressor(space_)));
    LatencyRegressor& model = sources_.back()->model;
    TensorFile own = predictor_file(model, space_);
    own.source = str(file.source, ", source '", device->second, "'");
    const std::string prefix = str("source", s, ".");
    for (const auto& [name, tensor] : file.tensors) {
      if (name.starts_with(prefix)) own.tensors[name.substr(prefix.size())] = tensor;
    }
    model.from_file(own);
  }
  read_pool(file);
  scale_to_pool();
  model_ = read_regression(file, "target.", size());
}

void LatencyTransfer::read_pool(const TensorFile& file) {
  const std::vector<double> sizes = from_tensor(file, "sizes", 4);
  const size_t axes = space_.axes().size();
  const auto archs = [&](const std::string& name, double count) {
    if (!(count >= 1) || count > 1e6 || count != std::floor(count)) {
      throw IoError(str(file.source, ": number of '", name, "' archs cannot be ", count));
    }
    const std::vector<double> numbers = from_tensor(file, name, static_cast<size_t>(count) * axes);
    std::vector<Arch> out;
    for (size_t i = 0; i < numbers.size(); i += axes) {
      std::vector<int8_t> choices;
      for (size_t a = 0; a < axes; ++a) {
        choices.push_back(static_cast<int8_t>(std::clamp(numbers[i + a], -128.0, 127.0)));
      }
      out.push_back(space_.arch(choices));
    }
    return out;
  };
  pool_ = archs("pool", sizes[1]);
  measured_ = archs("measured", sizes[2]);
  mean_ms_ = sizes[3];
}

}  // namespace tailor::predict
