// The images of a search by gradient: some train weights, others the architecture.
#pragma once

#include <cstdint>
#include <vector>

#include "core/rng.h"
#include "trainers/data/dataset.h"
#include "trainers/prepared_step.h"

namespace tailor::train {

/// Which images a step sees depends on its number alone. Thread-safe.
class ImageHalves {
 public:
  /// held_out: share of the training images for architecture steps; 0: they see the validation
  /// images. data outlives this. Throws Error when either has fewer images than a batch.
  ImageHalves(const Dataset& data, double held_out, int64_t batch, int64_t shards,
              int64_t resolution, const Rng& rng);

  /// An epoch's weight steps: whole batches.
  int64_t weight_steps() const { return static_cast<int64_t>(weights_.size()) / batch_; }

  struct Epoch {
    int64_t part = 0, number = 0;
  };
  struct Step {
    PreparedStep weights;             ///< without tasks and specs
    std::vector<Batch> architecture;  ///< one a shard; empty: no such step
  };
  /// step: of the epoch. architecture: the architecture step's number in the search, -1 for none.
  /// Weights see varied images, the architecture images as they are.
  Step step(const Epoch& epoch, int64_t step, int64_t architecture) const;

  const std::vector<int64_t>& weight_images() const { return weights_; }
  const std::vector<int64_t>& architecture_images() const { return architecture_; }
  Split architecture_split() const { return split_; }

 private:
  std::vector<Batch> architecture_batch(int64_t number) const;

  const Dataset& data_;
  const int64_t batch_, shards_, resolution_;
  const Rng rng_;
  Split split_ = Split::train;
  std::vector<int64_t> weights_, architecture_;
};

}  // namespace tailor::train
