// What predictors over ArchFeatures share.
#include "predictors/feature_predictor.h"

#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>

#include <cmath>
#include <cstring>

#include "core/error.h"

namespace tailor::predict {
namespace {

constexpr const char* kFormatVersion = "1";
constexpr size_t kBatchPerThread = 32;

void expect(const TensorFile& file, const std::string& field, const std::string& wanted,
            const std::string& hint) {
  const auto found = file.metadata.find(field);
  const std::string got = found == file.metadata.end() ? "" : found->second;
  if (got == wanted) return;
  throw IoError(str(file.source, ": ", field, " must be '", wanted, "', got '", got, "'; ", hint));
}

}  // namespace

void FeaturePredictor::fit(std::span<const Arch> archs, std::span<const double> values,
                           const Rng& rng) {
  if (archs.size() != values.size() || archs.size() < 2) {
    throw Error(str("predictor '", kind(), "' learns from at least 2 archs with a value each, got ",
                    archs.size(), " archs and ", values.size(), " values"));
  }
  std::vector<double> x(archs.size() * features_.size());
  for (size_t i = 0; i < archs.size(); ++i) {
    if (!std::isfinite(values[i])) {
      throw Error(str("predictor '", kind(), "': the value of ", space_.print(archs[i]), " is ",
                      values[i]));
    }
    features_.fill(archs[i], std::span(x).subspan(i * features_.size(), features_.size()));
  }
  fit_features(x, values, rng);
  learned_ = true;
}

void FeaturePredictor::estimate(std::span<const Arch> archs, std::span<Estimate> out) const {
  if (!learned_) throw Error(str("predictor '", kind(), "' has learned nothing; fit or load it"));
  TAILOR_CHECK(archs.size() == out.size(), archs.size(), " archs, room for ", out.size());
  const auto part = [&](size_t begin, size_t end) {
    std::vector<double> x(features_.size());
    for (size_t i = begin; i < end; ++i) {
      features_.fill(archs[i], x);
      out[i] = score(x);
    }
  };
  if (archs.size() <= kBatchPerThread) return part(0, archs.size());
  tbb::parallel_for(tbb::blocked_range<size_t>(0, archs.size(), kBatchPerThread),
                    [&](const auto& range) { part(range.begin(), range.end()); });
}

/// Of the axes: a predictor of other choices must not be read for these.
std::string FeaturePredictor::fingerprint() const {
  std::string text;
  for (const Axis& axis : space_.axes()) {
    text += str(axis.group, axis.slot, "=", join(axis.names, ","), ";");
  }
  return hex(fnv1a(text));
}

TensorFile FeaturePredictor::to_file() const {
  if (!learned_) throw Error(str("predictor '", kind(), "' has learned nothing that can be saved"));
  TensorFile file;
  file.metadata = {
      {"format", "tailor predictor"}, {"format_version", kFormatVersion}, {"kind", kind()},
      {"metric", metric()},           {"space", space_.name()},           {"axes", fingerprint()}};
  write_tensors(file);
  return file;
}

void FeaturePredictor::from_file(const TensorFile& file) {
  expect(file, "format", "tailor predictor", "is it a predictor?");
  expect(file, "format_version", kFormatVersion, "fit again");
  expect(file, "kind", kind(), "it holds another kind of predictor");
  expect(file, "metric", metric(), "it predicts something else");
  expect(file, "axes", fingerprint(),
         str("it was learned on other choices than those of space '", space_.name(), "'"));
  read_tensors(file);
  learned_ = true;
}

HostTensor to_tensor(const std::vector<double>& values) {
  HostTensor out = HostTensor::zeros(DType::f64, {static_cast<int64_t>(values.size())});
  if (!values.empty()) std::memcpy(out.bytes.data(), values.data(), out.bytes.size());
  return out;
}

std::vector<double> from_tensor(const TensorFile& file, const std::string& name, size_t size) {
  const HostTensor& tensor = file.at(name);
  if (tensor.dtype != DType::f64 || tensor.shape.size() != 1 ||
      tensor.shape[0] != static_cast<int64_t>(size)) {
    throw IoError(str(file.source, ": tensor '", name, "' must be F64 [", size, "], got ",
                      dtype_name(tensor.dtype), " [", join(tensor.shape, ", "), "]"));
  }
  std::vector<double> out(size);
  if (size > 0) std::memcpy(out.data(), tensor.bytes.data(), tensor.bytes.size());
  for (double value : out) {
    if (!std::isfinite(value)) {
      throw IoError(str(file.source, ": tensor '", name, "' holds ", value));
    }
  }
  return out;
}

}  // namespace tailor::predict
