// What predictors over ArchFeatures share.
#include "predictors/feature_predictor.h"

#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>

#include "core/error.h"

namespace tailor::predict {
namespace {

constexpr size_t kBatchPerThread = 32;

}  // namespace

void FeaturePredictor::fit(std::span<const Arch> archs, std::span<const double> values,
                           const Rng& rng) {
  check_samples(space_, archs, values);
  std::vector<double> x(archs.size() * features_.size());
  for (size_t i = 0; i < archs.size(); ++i) {
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

TensorFile FeaturePredictor::to_file() const {
  if (!learned_) throw Error(str("predictor '", kind(), "' has learned nothing that can be saved"));
  TensorFile file = predictor_file(*this, space_);
  write_tensors(file);
  return file;
}

void FeaturePredictor::from_file(const TensorFile& file) {
  check_predictor_file(file, *this, space_);
  read_tensors(file);
  learned_ = true;
}

}  // namespace tailor::predict
