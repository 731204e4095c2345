// The state of a training run, copied in memory.
#include "trainers/state_copy.h"

#include <ATen/ATen.h>

#include "core/error.h"

namespace tailor::train {
namespace {

std::map<std::string, at::Tensor> copies(const std::map<std::string, at::Tensor>& tensors) {
  std::map<std::string, at::Tensor> out;
  for (const auto& [name, tensor] : tensors) out[name] = tensor.clone();
  return out;
}

void copy_back(const std::map<std::string, at::Tensor>& from,
               const std::map<std::string, at::Tensor>& to) {
  for (const auto& [name, tensor] : to) tensor.copy_(from.at(name));
}

}  // namespace

void StateCopy::take(const supernet::ParameterStore& store, const Optimizer& optimizer,
                     const std::map<std::string, at::Tensor>& extra,
                     const TrainProgress& progress) {
  values_ = store.values().clone();
  buffers_ = store.buffers().clone();
  optimizer_ = copies(optimizer.state());
  extra_ = copies(extra);
  optimizer_steps_ = optimizer.steps();
  progress_ = progress;
}

void StateCopy::restore(supernet::ParameterStore& store, Optimizer& optimizer,
                        std::map<std::string, at::Tensor>& extra, TrainProgress& progress) const {
  TAILOR_CHECK(values_.defined(), "a state was taken before it is restored");
  store.values().copy_(values_);
  store.buffers().copy_(buffers_);
  copy_back(optimizer_, optimizer.state());
  copy_back(extra_, extra);
  optimizer.set_steps(optimizer_steps_);
  progress = progress_;
}

}  // namespace tailor::train
