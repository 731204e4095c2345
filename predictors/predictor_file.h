// What the files of all learned predictors have in common: their header, lists of numbers.
#pragma once

#include <string>
#include <vector>

#include "core/tensor_file.h"
#include "predictors/predictor.h"

namespace tailor::predict {

/// A file without tensors whose metadata say kind, metric, space and format version.
TensorFile predictor_file(const Predictor& predictor, const SearchSpace& space);
/// Throws IoError naming the file: no predictor, another kind, metric, version or other axes.
void check_predictor_file(const TensorFile& file, const Predictor& predictor,
                          const SearchSpace& space);

HostTensor to_tensor(const std::vector<double>& values);
/// Values of a one-dimensional f64 tensor. Throws IoError naming file and tensor: another type,
/// another length than `size`, a value that is not finite.
std::vector<double> from_tensor(const TensorFile& file, const std::string& name, size_t size);

}  // namespace tailor::predict
