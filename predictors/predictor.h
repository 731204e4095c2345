// Estimators that are learned from (arch, value) pairs.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "core/registry.h"
#include "core/rng.h"
#include "core/tensor_file.h"
#include "predictors/estimator.h"
#include "supernet/space/search_space.h"

namespace tailor::predict {

class Predictor : public Estimator {
 public:
  /// Its name in the registry.
  virtual std::string kind() const = 0;
  /// Learns from scratch; the same input and rng give the same predictor to the bit.
  /// Throws Error: fewer than two pairs, lengths that differ, a value that is not finite.
  virtual void fit(std::span<const Arch> archs, std::span<const double> values, const Rng& rng) = 0;

  /// What was learned, with kind, space and format version in the metadata; reads back to the same
  /// predictions to the bit. Throws Error when nothing was learned yet.
  virtual TensorFile to_file() const = 0;
  /// Throws IoError naming the file: another kind, space or version, tensors absent or misshapen.
  virtual void from_file(const TensorFile& file) = 0;

  void save(const std::string& path) const { to_file().save(path); }
  void load(const std::string& path) { from_file(TensorFile::load(path)); }

 protected:
  /// Throws what `fit` promises to.
  void check_samples(const SearchSpace& space, std::span<const Arch> archs,
                     std::span<const double> values) const;
};

/// A predictor refers to the space it is made for, which must outlive it.
using PredictorRegistry = Registry<Predictor, const SearchSpace&>;

/// predictors/builtin.cpp, the one list.
PredictorRegistry builtin_accuracy_predictors();

/// The predictor of a file, whatever its kind. Throws IoError.
std::unique_ptr<Predictor> load_predictor(const std::string& path, const SearchSpace& space);

}  // namespace tailor::predict
