// One training step of a language model: a batch cut into shards that run side by side.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <vector>

#include "supernet/torch/parameter_store.h"
#include "trainers/language/token_data.h"
#include "trainers/shard_step.h"

namespace tailor::train {

/// Weights of the parts of a loss. features: over the layers whose mixers both networks have, the
/// mean of |student - teacher|^2 / |teacher|^2 of what the mixer adds to the stream (PostNAS's
/// feature distillation; Gu et al. 2025, figure 4; the scale is ours). logits: cross entropy with
/// the teacher's probabilities, as labels over the tokens that have a target;
/// every sequence counts alike, so that a task of few targets is learned beside text.
struct LanguageLoss {
  double labels = 1, features = 0, logits = 0;

  bool needs_teacher() const { return features > 0 || logits > 0; }
};

/// Sharded as ShardedStep: results depend on the number of shards, not of threads.
class LanguageStep {
 public:
  LanguageStep(supernet::ParameterStore& store, int64_t shards, int64_t threads);
  ~LanguageStep();

  /// Adds the gradients of the mean loss to gradients() and returns it. Parameters that the store
  /// holds frozen get none.
  double run(const NetworkSpec& spec, const TokenBatch& batch, const LanguageLoss& loss,
             const FrozenTeacher* teacher);
  std::span<at::Tensor> gradients() { return gradients_; }

 private:
  struct Threads;
  supernet::ParameterStore& store_;
  std::vector<at::Tensor> gradients_;
  std::unique_ptr<Threads> threads_;
};

/// Blocks ".mixer" of a network, in order.
std::vector<std::string> mixer_blocks(const NetworkSpec& spec);

}  // namespace tailor::train
