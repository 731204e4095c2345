// Losses of language models, shard by shard.
#include "trainers/language/language_step.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>

#include "core/error.h"
#include "supernet/torch/graph_net.h"

namespace tailor::train {

using supernet::GraphNet;
using supernet::RunMode;
using supernet::Taps;

struct LanguageStep::Threads {
  explicit Threads(int threads) : arena(threads) {}
  tbb::task_arena arena;
};

namespace {

/// What the teacher says of a batch.
struct Lesson {
  at::Tensor logits;
  Taps taps;
};

Lesson teach(const FrozenTeacher& teacher, const at::Tensor& ids, const LanguageLoss& loss) {
  at::NoGradGuard no_grad;
  Lesson lesson;
  if (loss.features > 0) lesson.taps.blocks = mixer_blocks(teacher.spec);
  GraphNet net(teacher.spec, *teacher.store);
  lesson.logits = net.forward(std::span(&ids, 1), RunMode::eval, &lesson.taps);
  return lesson;
}

at::Tensor feature_loss(const Taps& student, const Taps& teacher) {
  at::Tensor sum = at::zeros({});
  int64_t layers = 0;
  for (const auto& [name, value] : student.values) {
    const auto it = teacher.values.find(name);
    if (it == teacher.values.end()) continue;
    sum = sum + at::mse_loss(value, it->second) / (it->second.pow(2).mean() + 1e-8);
    ++layers;
  }
  return sum / std::max<int64_t>(layers, 1);
}

/// Rows of [N, T, C] or [N, T] that have a target.
at::Tensor rows(const at::Tensor& x, const at::Tensor& chosen) {
  return x.flatten(0, 1).index_select(0, chosen);
}

/// What each token counts: sequences count alike, whatever the number of their targets. [N, T].
at::Tensor token_weights(const at::Tensor& targets, int64_t sequences) {
  const at::Tensor there = (targets >= 0).to(at::kFloat);
  return there / there.sum(1, true).clamp_min(1) / static_cast<double>(sequences);
}

/// Sum of weights times -log p(label), or -sum_c teacher_c log p_c where a teacher is given.
at::Tensor cross_entropy(const at::Tensor& logits, const at::Tensor& labels,
                         const at::Tensor& weights, const at::Tensor& teacher = {}) {
  const at::Tensor log_p = at::log_softmax(logits, 1);
  const at::Tensor said = teacher.defined() ? (at::softmax(teacher, 1) * log_p).sum(1)
                                            : log_p.gather(1, labels.unsqueeze(1)).squeeze(1);
  return -(said * weights).sum();
}

}  // namespace

std::vector<std::string> mixer_blocks(const NetworkSpec& spec) {
  std::vector<std::string> names;
  for (const BlockUse& use : spec.blocks) {
    if (use.block->name.ends_with(".mixer")) names.push_back(use.block->name);
  }
  return names;
}

LanguageStep::LanguageStep(supernet::ParameterStore& store, int64_t shards, int64_t threads)
    : store_(store),
      threads_(std::make_unique<Threads>(static_cast<int>(std::min(threads, shards)))) {
  for (int64_t s = 0; s < shards; ++s) gradients_.push_back(store.zeros_like_values());
}

LanguageStep::~LanguageStep() = default;

double LanguageStep::run(const NetworkSpec& spec, const TokenBatch& batch, const LanguageLoss& loss,
                         const FrozenTeacher* teacher) {
  TAILOR_CHECK(teacher || !loss.needs_teacher(), "distillation without a teacher");
  const auto shards = static_cast<int64_t>(gradients_.size());
  const int64_t sequences = batch.ids.size(0);
  std::vector<double> losses(gradients_.size(), 0);
  const auto one = [&](int64_t s) {
    const int64_t begin = sequences * s / shards, end = sequences * (s + 1) / shards;
    if (begin == end) return;
    const at::Tensor ids = batch.ids.narrow(0, begin, end - begin);
    const at::Tensor labels = batch.targets.narrow(0, begin, end - begin);
    const at::Tensor chosen = (labels.flatten() >= 0).nonzero().flatten();
    const double share = static_cast<double>(end - begin) / static_cast<double>(sequences);
    const at::Tensor weights = rows(token_weights(labels, sequences), chosen);
    const Lesson lesson = teacher && loss.needs_teacher() ? teach(*teacher, ids, loss) : Lesson();
    Taps taps;
    if (loss.features > 0) taps.blocks = mixer_blocks(spec);
    GraphNet net(spec, store_, gradients_[static_cast<size_t>(s)]);
    const at::Tensor logits = net.forward(std::span(&ids, 1), RunMode::train, &taps);
    at::Tensor sum = at::zeros({});
    const at::Tensor said = rows(logits, chosen), wanted = rows(labels, chosen);
    if (loss.labels > 0) sum = sum + loss.labels * cross_entropy(said, wanted, weights);
    if (loss.logits > 0) {
      sum = sum + loss.logits * cross_entropy(said, wanted, weights, rows(lesson.logits, chosen));
    }
    if (loss.features > 0) sum = sum + loss.features * share * feature_loss(taps, lesson.taps);
    net.backward(sum);
    losses[static_cast<size_t>(s)] = sum.item<double>();
  };
  threads_->arena.execute([&] { tbb::parallel_for(int64_t{0}, shards, one); });
  double total = 0;
  for (const double each : losses) total += each;
  return total;
}

}  // namespace tailor::train
