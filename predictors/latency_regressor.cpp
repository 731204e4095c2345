// Latency from measured archs.
#include "predictors/latency_regressor.h"

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

}  // namespace

void check_latencies(const std::string& predictor, const SearchSpace& space,
                     std::span<const Arch> archs, std::span<const double> latency_ms,
                     size_t least) {
  if (archs.size() != latency_ms.size() || archs.size() < least) {
    throw Error(str("predictor '", predictor, "' learns from at least ", least,
                    " archs with a latency each, got ", archs.size(), " archs and ",
                    latency_ms.size(), " latencies"));
  }
  for (size_t i = 0; i < archs.size(); ++i) {
    if (std::isfinite(latency_ms[i]) && latency_ms[i] > 0) continue;
    throw Error(str("predictor '", predictor, "': the latency of ", space.print(archs[i]),
                    " must be above 0 ms, got ", latency_ms[i]));
  }
}

FeatureParts LatencyRegressor::parts() const {
  const size_t begin = costs_.choices_begin(), end = costs_.size();
  FeatureParts out = {{0, kTotals}, {kTotals, begin}, {begin, end}};
  for (size_t at = end; at < end + smooth_.size(); at += smooth_.part_size()) {
    out.emplace_back(at, at + smooth_.part_size());
  }
  return out;
}

std::vector<double> LatencyRegressor::row(const Arch& arch) const {
  std::vector<double> out(costs_.size() + smooth_.size());
  const std::span<double> all(out);
  costs_.fill(arch, all.first(costs_.size()));
  totals_.apply(all.first(kTotals));
  smooth_.fill(all.first(kTotals), all.subspan(costs_.size()));
  return out;
}

void LatencyRegressor::fit(std::span<const Arch> archs, std::span<const double> values,
                           const Rng& rng) {
  check_latencies(kind(), space_, archs, values, 2);
  std::vector<int64_t> order = rng.fork("rows").permutation(static_cast<int64_t>(archs.size()));
  order.resize(std::min(order.size(), kMaxRows));
  std::vector<double> totals, costs(costs_.size()), y;
  for (int64_t i : order) {
    costs_.fill(archs[static_cast<size_t>(i)], costs);
    totals.insert(totals.end(), costs.begin(), costs.begin() + kTotals);
    y.push_back(values[static_cast<size_t>(i)]);
  }
  totals_ = ColumnScale::of(totals, kTotals);
  for (size_t r = 0; r < y.size(); ++r)
    totals_.apply(std::span(totals).subspan(r * kTotals, kTotals));
  smooth_ = SmoothFeatures::among(totals, kTotals, rng.fork("anchors"));
  std::vector<double> x;
  for (int64_t i : order) {
    const std::vector<double> one = row(archs[static_cast<size_t>(i)]);
    x.insert(x.end(), one.begin(), one.end());
  }
  model_ = fit_part_regression(x, y, parts());
}

void estimate_by_rows(const Predictor& predictor, const PartRegression& model,
                      const std::function<std::vector<double>(const Arch&)>& row,
                      std::span<const Arch> archs, std::span<Estimate> out) {
  if (model.weights.empty()) {
    throw Error(str("predictor '", predictor.kind(), "' has learned nothing; fit or load it"));
  }
  TAILOR_CHECK(archs.size() == out.size(), archs.size(), " archs, room for ", out.size());
  tbb::parallel_for(tbb::blocked_range<size_t>(0, archs.size(), kBatchPerThread),
                    [&](const auto& range) {
                      for (size_t i = range.begin(); i < range.end(); ++i) {
                        const std::vector<double> x = row(archs[i]);
                        out[i] = {model(x), model.deviation(x), Provenance::fitted};
                      }
                    });
}

void LatencyRegressor::estimate(std::span<const Arch> archs, std::span<Estimate> out) const {
  estimate_by_rows(
      *this, model_, [this](const Arch& arch) { return row(arch); }, archs, out);
}

TensorFile LatencyRegressor::to_file() const {
  if (model_.weights.empty()) {
    throw Error(str("predictor '", kind(), "' has learned nothing that can be saved"));
  }
  TensorFile file = predictor_file(*this, space_);
  file.tensors["totals.means"] = to_tensor(totals_.means);
  file.tensors["totals.factors"] = to_tensor(totals_.factors);
  file.tensors["anchors"] = to_tensor(smooth_.anchors());
  write_regression(model_, "", file);
  return file;
}

void LatencyRegressor::from_file(const TensorFile& file) {
  check_predictor_file(file, *this, space_);
  ColumnScale totals{from_tensor(file, "totals.means", kTotals),
                     from_tensor(file, "totals.factors", kTotals)};
  const auto count = static_cast<size_t>(std::max<int64_t>(file.at("anchors").numel(), 0));
  if (count == 0 || count % kTotals != 0 || count > kTotals * SmoothFeatures::kMaxAnchors) {
    throw IoError(str(file.source, ": tensor 'anchors' must hold 1 to ",
                      SmoothFeatures::kMaxAnchors, " rows of ", kTotals, ", got ", count,
                      " numbers"));
  }
  SmoothFeatures smooth(from_tensor(file, "anchors", count), kTotals);
  model_ = read_regression(file, "", costs_.size() + smooth.size());
  totals_ = std::move(totals);
  smooth_ = std::move(smooth);
}

void write_regression(const PartRegression& model, const std::string& prefix, TensorFile& file) {
  file.tensors[prefix + "numbers"] = to_tensor({model.bias, model.noise, model.loo_error});
  file.tensors[prefix + "weights"] = to_tensor(model.weights);
  file.tensors[prefix + "scales"] = to_tensor(model.scales);
  if (model.spread.empty()) return;
  file.tensors[prefix + "centre"] = to_tensor(model.centre);
  file.tensors[prefix + "spread"] = to_tensor(model.spread);
}

PartRegression read_regression(const TensorFile& file, const std::string& prefix, size_t size) {
  PartRegression out;
  const std::vector<double> numbers = from_tensor(file, prefix + "numbers", 3);
  out.bias = numbers[0];
  out.noise = numbers[1];
  out.loo_error = numbers[2];
  out.weights = from_tensor(file, prefix + "weights", size);
  out.scales = from_tensor(file, prefix + "scales", size);
  const auto spread = file.tensors.find(prefix + "spread");
  if (spread == file.tensors.end()) return out;
  const auto count = static_cast<size_t>(std::max<int64_t>(spread->second.numel(), 0));
  if (count % size != 0 || count > size * PartRegression::kMaxKept) {
    throw IoError(str(file.source, ": tensor '", prefix, "spread' must hold at most ",
                      PartRegression::kMaxKept, " rows of ", size, ", got ", count, " numbers"));
  }
  out.centre = from_tensor(file, prefix + "centre", size);
  out.spread = from_tensor(file, prefix + "spread", count);
  return out;
}

}  // namespace tailor::predict
