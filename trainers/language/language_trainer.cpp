// The loop, and scoring.
#include "trainers/language/language_trainer.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <chrono>
#include <cmath>

#include "core/error.h"
#include "core/file.h"
#include "core/interrupt.h"
#include "core/log.h"
#include "core/rounded.h"
#include "supernet/torch/graph_net.h"
#include "trainers/checkpoint.h"
#include "trainers/schedule.h"

namespace tailor::train {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int64_t kHistory = 50;    // steps a line
constexpr int64_t kSequences = 16;  // scored together

OptimizerOptions optimizer_options(const LanguageSchedule& schedule) {
  return {.name = "adamw",
          .momentum = 0.9,
          .weight_decay = schedule.weight_decay,
          .beta2 = 0.99,
          .eps = 1e-8};
}

}  // namespace

void LanguageSchedule::read(const ConfigNode& cfg) {
  cfg.read("steps", steps, {.min = 0, .max = 1e9, .doc = "updates of the weights"});
  cfg.read("batch", batch, {.min = 1, .max = 1 << 20, .doc = "sequences a step"});
  cfg.read("shards", shards,
           {.min = 1, .max = 1024, .doc = "parts of a batch that run side by side"});
  cfg.read("lr", lr, {.min = 0, .max = 10, .doc = "highest learning rate (AdamW)"});
  cfg.read("final_lr", final_lr, {.min = 0, .max = 10, .doc = "at the end of the cosine"});
  cfg.read("warmup_steps", warmup_steps, {.min = 0, .max = 1e9, .doc = "linear, from lr / 25"});
  cfg.read("clip_norm", clip_norm, {.min = 0, .max = 1e6, .doc = "of the gradient; 0: none"});
  cfg.read("weight_decay", weight_decay, {.min = 0, .max = 10, .doc = "of AdamW"});
  cfg.read("checkpoint_seconds", checkpoint_seconds,
           {.min = 0, .max = 1e6, .doc = "between two savings"});
  if (shards > batch) cfg.fail("shards", str("must be at most batch, ", batch));
}

LanguageTrainer::LanguageTrainer(const SearchSpace& space, const TokenData& data,
                                 supernet::ParameterStore& store, const LanguageSchedule& schedule,
                                 LanguageTask task, const Rng& rng, int64_t threads)
    : space_(space),
      data_(data),
      store_(store),
      schedule_(schedule),
      task_(std::move(task)),
      rng_(rng),
      optimizer_(optimizer_options(schedule), store),
      step_(store, schedule.shards, threads) {}

double LanguageTrainer::rate(int64_t step) const {
  PhaseSchedule phase;
  phase.epochs = schedule_.steps;
  phase.lr = schedule_.lr;
  phase.final_lr = schedule_.final_lr;
  phase.warmup_epochs = static_cast<double>(schedule_.warmup_steps);
  return learning_rate(phase, step, 1);
}

void LanguageTrainer::one_step(int64_t step) {
  Rng own = rng_.fork("step", {step});
  const Arch arch = task_.draw(own);
  const TokenBatch batch = data_.training(schedule_.batch, own);
  const NetworkSpec spec =
      space_.lower(arch, {.tokens = data_.options().tokens, .phase = Phase::train});
  last_loss_ = step_.run(spec, batch, task_.loss, task_.teacher);
  loss_sum_ += last_loss_;
  const double norm =
      std::isfinite(last_loss_)
          ? optimizer_.step(store_.values(), step_.gradients(), rate(step), schedule_.clip_norm)
          : NAN;
  if (!std::isfinite(norm)) {
    throw Error(str("language model: the loss is ", last_loss_, " in step ", step + 1,
                    "; the last good state is in the run folder; lower lr"));
  }
}

void LanguageTrainer::run(const std::string& name, const std::string& folder,
                          const std::string& config_hash) {
  const std::string checkpoint = folder + "/checkpoint.safetensors";
  TrainProgress progress;
  std::map<std::string, at::Tensor> none;
  if (file_exists(checkpoint) || file_exists(checkpoint + ".prev")) {
    load_checkpoint(checkpoint, store_, optimizer_, none, progress, config_hash);
    loss_sum_ = progress.loss_sum;
  }
  Progress bar(name, schedule_.steps, "steps");
  bar.start_at(progress.step);
  Clock::time_point saved = Clock::now();
  const auto save = [&] {
    progress.loss_sum = loss_sum_;
    save_checkpoint(checkpoint, store_, optimizer_, none, progress, config_hash);
    saved = Clock::now();
  };
  while (progress.step < schedule_.steps) {
    if (interrupted()) {
      save();
      throw_if_interrupted();
    }
    one_step(progress.step);
    if (++progress.step % kHistory == 0 || progress.step == schedule_.steps) {
      const int64_t steps = (progress.step - 1) % kHistory + 1;
      progress.history.push_back(
          str(progress.step, ",", number(loss_sum_ / static_cast<double>(steps))));
      loss_sum_ = 0;
    }
    bar.update(progress.step, str("loss ", rounded(last_loss_, 3)));
    const double since = std::chrono::duration<double>(Clock::now() - saved).count();
    if (since >= schedule_.checkpoint_seconds) save();
  }
  bar.finish();
  progress.finished = true;
  save();
  write_file(folder + "/history.csv", "step,loss\n" + join(progress.history, "\n") + "\n");
}

std::vector<SequenceScore> sequence_scores(const NetworkSpec& spec,
                                           const supernet::ParameterStore& store,
                                           const TokenBatch& batch, int64_t threads) {
  const int64_t sequences = batch.ids.size(0), parts = (sequences + kSequences - 1) / kSequences;
  std::vector<SequenceScore> out(static_cast<size_t>(sequences));
  const auto one = [&](int64_t p) {
    at::NoGradGuard no_grad;
    const int64_t begin = p * kSequences, count = std::min(kSequences, sequences - begin);
    const at::Tensor ids = batch.ids.narrow(0, begin, count);
    const at::Tensor labels = batch.targets.narrow(0, begin, count);
    const at::Tensor places = (labels.flatten() >= 0).nonzero().flatten();
    supernet::GraphNet net(spec, store);
    const at::Tensor logits = net.forward(std::span(&ids, 1), supernet::RunMode::eval)
                                  .flatten(0, 1)
                                  .index_select(0, places)
                                  .to(at::kFloat);
    const at::Tensor wanted = labels.flatten().index_select(0, places);
    const at::Tensor picked =
        at::log_softmax(logits, 1).gather(1, wanted.unsqueeze(1)).flatten().contiguous();
    const at::Tensor hit = (logits.argmax(1) == wanted).contiguous();
    for (int64_t i = 0; i < places.size(0); ++i) {
      const int64_t row = places.data_ptr<int64_t>()[i] / labels.size(1);
      SequenceScore& score = out[static_cast<size_t>(begin + row)];
      score.loss -= static_cast<double>(picked.data_ptr<float>()[i]);
      score.hits += hit.data_ptr<bool>()[i] ? 1 : 0;
    }
  };
  tbb::task_arena arena(static_cast<int>(threads));
  arena.execute([&] { tbb::parallel_for(int64_t{0}, parts, one); });
  return out;
}

LanguageScore language_score(const NetworkSpec& spec, const supernet::ParameterStore& store,
                             const TokenBatch& batch, int64_t threads) {
  const double targets = static_cast<double>((batch.targets >= 0).sum().item<int64_t>());
  LanguageScore score;
  for (const SequenceScore& each : sequence_scores(spec, store, batch, threads)) {
    score.loss += each.loss / targets;
    score.accuracy += static_cast<double>(each.hits) / targets;
  }
  return score;
}

}  // namespace tailor::train
