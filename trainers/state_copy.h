// The state of a training run, copied in memory: what a roll-back returns to.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include <ATen/core/Tensor.h>

#include "supernet/torch/parameter_store.h"
#include "trainers/checkpoint.h"
#include "trainers/optimizer.h"

namespace tailor::train {

/// Holds what a checkpoint holds (see save_checkpoint).
class StateCopy {
 public:
  void take(const supernet::ParameterStore& store, const Optimizer& optimizer,
            const std::map<std::string, at::Tensor>& extra, const TrainProgress& progress);

  /// Writes the tensors in place. Only after take, to a state of the same shape.
  void restore(supernet::ParameterStore& store, Optimizer& optimizer,
               std::map<std::string, at::Tensor>& extra, TrainProgress& progress) const;

 private:
  at::Tensor values_, buffers_;
  std::map<std::string, at::Tensor> optimizer_, extra_;
  int64_t optimizer_steps_ = 0;
  TrainProgress progress_;
};

}  // namespace tailor::train
