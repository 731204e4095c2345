// The interface of a data set: three splits of labelled images, served as batches.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/config_node.h"
#include "core/registry.h"
#include "core/rng.h"

namespace tailor::train {

/// Search and predictors see validation only; test is read once, for the finalists.
enum class Split { train, validation, test };
std::string split_name(Split split);

/// What an image is and how it becomes an input: (pixel / 255 - mean) / std.
struct DataInfo {
  int64_t channels = 0, size = 0;
  std::vector<double> mean, std;
  std::vector<std::string> class_names;
};

/// images: [N, C, r, r] float32; labels: [N] int64. soft_targets: [N, classes] float32, rows that
/// sum to 1, where images were mixed (labels then are those of the first part); else undefined.
struct Batch {
  at::Tensor images, labels, soft_targets = {};
};

/// Thread-safe: batches may be asked for from several threads.
class Dataset {
 public:
  virtual ~Dataset() = default;
  virtual DataInfo info() const = 0;
  virtual int64_t size(Split split) const = 0;
  /// Examples by index, resized to `resolution` (bilinear). With `augment`, training augmentation
  /// drawn from that stream: the same stream gives the same batch.
  virtual Batch batch(Split split, std::span<const int64_t> indices, int64_t resolution,
                      const Rng* augment) const = 0;
  /// Text that changes when the data does; part of the hash of what was made from it.
  virtual std::string fingerprint() const = 0;
};

using DatasetRegistry = Registry<Dataset>;
/// trainers/builtin.cpp.
DatasetRegistry builtin_datasets();

}  // namespace tailor::train
