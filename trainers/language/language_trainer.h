// The training loop of language models: one schedule, one law of drawing networks, one loss.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "supernet/space/search_space.h"
#include "trainers/language/language_step.h"
#include "trainers/optimizer.h"

namespace tailor::train {

/// Length and rate of one run.
struct LanguageSchedule {
  int64_t steps = 1000, batch = 16, shards = 2;
  double lr = 1e-3, final_lr = 0;
  int64_t warmup_steps = 50;  ///< linear; then a cosine
  double clip_norm = 1, weight_decay = 0.01;
  double checkpoint_seconds = 20;

  void read(const ConfigNode& cfg);
};

/// What a run trains and on what.
struct LanguageTask {
  std::function<Arch(Rng& rng)> draw;  ///< the network of a step
  LanguageLoss loss;
  const FrozenTeacher* teacher = nullptr;
};

/// One run over a store that the caller has filled: parameters that it holds frozen stay. Steps
/// have random streams of their own, so a run that was cut off and resumed ends with the same bits.
class LanguageTrainer {
 public:
  LanguageTrainer(const SearchSpace& space, const TokenData& data, supernet::ParameterStore& store,
                  const LanguageSchedule& schedule, LanguageTask task, const Rng& rng,
                  int64_t threads);

  /// To the end, from `folder`/checkpoint.safetensors where there is one of this config_hash; every
  /// 50th step's mean loss goes to `folder`/history.csv. Throws Interrupted after saving; Error
  /// when the loss is not finite (the last checkpoint stays).
  void run(const std::string& name, const std::string& folder, const std::string& config_hash);

 private:
  double rate(int64_t step) const;
  void one_step(int64_t step);

  const SearchSpace& space_;
  const TokenData& data_;
  supernet::ParameterStore& store_;
  const LanguageSchedule& schedule_;
  LanguageTask task_;
  Rng rng_;
  Optimizer optimizer_;
  LanguageStep step_;
  double loss_sum_ = 0, last_loss_ = 0;
};

/// Of one sequence: the sum over its targets of the negative log-likelihood, in nats; how many
/// targets the network would say itself.
struct SequenceScore {
  double loss = 0;
  int64_t hits = 0;
};

/// Every sequence of a batch, on `threads` threads, in eval mode.
std::vector<SequenceScore> sequence_scores(const NetworkSpec& spec,
                                           const supernet::ParameterStore& store,
                                           const TokenBatch& batch, int64_t threads);

/// What a trained network knows of a task's validation sequences: mean loss in nats a target, and
/// the fraction of targets that it would say itself.
struct LanguageScore {
  double loss = 0, accuracy = 0;
};

/// Scores a network of the store, on `threads` threads, in eval mode.
LanguageScore language_score(const NetworkSpec& spec, const supernet::ParameterStore& store,
                             const TokenBatch& batch, int64_t threads);

}  // namespace tailor::train
