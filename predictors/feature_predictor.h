// What predictors over ArchFeatures share: checks, batches, the header of their files.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

#include "predictors/features.h"
#include "predictors/predictor.h"
#include "predictors/predictor_file.h"

namespace tailor::predict {

class FeaturePredictor : public Predictor {
 public:
  explicit FeaturePredictor(const SearchSpace& space) : space_(space), features_(space) {}

  std::string metric() const override { return "accuracy"; }
  void fit(std::span<const Arch> archs, std::span<const double> values, const Rng& rng) override;
  /// Every arch is scored by itself, so a batch gives what single calls give; large batches use all
  /// threads.
  void estimate(std::span<const Arch> archs, std::span<Estimate> out) const override;
  TensorFile to_file() const override;
  void from_file(const TensorFile& file) override;

 protected:
  /// x: features row by row, one row an arch.
  virtual void fit_features(const std::vector<double>& x, std::span<const double> values,
                            const Rng& rng) = 0;
  virtual Estimate score(std::span<const double> features) const = 0;
  virtual void write_tensors(TensorFile& file) const = 0;
  virtual void read_tensors(const TensorFile& file) = 0;

  const ArchFeatures& features() const { return features_; }

 private:
  const SearchSpace& space_;
  ArchFeatures features_;
  bool learned_ = false;
};

}  // namespace tailor::predict
