// The training loop.
#include "trainers/loop.h"

#include <chrono>
#include <cmath>

#include <ATen/ATen.h>

#include "core/error.h"
#include "core/file.h"
#include "core/interrupt.h"
#include "core/log.h"
#include "core/prefetch.h"
#include "core/rounded.h"
#include "supernet/formats/pth.h"
#include "supernet/torch/channel_sort.h"
#include "trainers/epoch_log.h"
#include "trainers/schedule.h"
#include "trainers/shard_step.h"
#include "trainers/state_copy.h"
#include "trainers/subnet_evaluator.h"

namespace tailor::train {

using Clock = std::chrono::steady_clock;
using supernet::ParameterStore;

namespace {

/// NaN without its sign, which differs from machine to machine.
std::string loss_text(double loss) { return std::isnan(loss) ? "nan" : str(loss); }

}  // namespace

struct Trainer::Impl {
  const SearchSpace& space;
  const Dataset& data;
  const TrainOptions& options;
  const Rng rng;
  const int64_t threads;
  ParameterStore store;
  Optimizer optimizer;
  ShardedStep sharded;
  std::map<std::string, at::Tensor> extra;
  std::unique_ptr<FrozenTeacher> teacher;
  TrainProgress progress;
  StateCopy good;  // what a roll-back returns to
  std::string folder, hash;
  Clock::time_point saved = Clock::now(), epoch_began = Clock::now();

  Impl(const SearchSpace& s, const Dataset& d, const TrainOptions& o, uint64_t seed, int64_t t)
      : space(s),
        data(d),
        options(o),
        rng(Rng(seed).fork("train")),
        threads(t),
        store(ParameterStore::of_space(s)),
        optimizer(o.optimizer, store),
        sharded(store, o.shards, t, o.running_statistics) {
    store.initialise(Rng(seed));
    if (!o.start.empty()) load_weights(read_weights_file(o.start), space, store);
    if (o.ema > 0) extra["ema"] = store.values().clone();
    for (const auto& phase : o.phases) {
      if (phase->schedule().frozen_teacher == "start") extra["teacher"] = store.values().clone();
    }
  }

  const TrainPhase& phase() const { return *options.phases[static_cast<size_t>(progress.phase)]; }
  int64_t steps_per_epoch() const {
    return std::max<int64_t>(1, data.size(Split::train) / options.batch);
  }
  /// Of a step of this epoch.
  double rate(int64_t step) const {
    return progress.lr_scale * learning_rate(phase().schedule(),
                                             progress.epoch * steps_per_epoch() + step,
                                             steps_per_epoch());
  }
  std::string checkpoint() const { return folder + "/checkpoint.safetensors"; }

  void save() {
    save_checkpoint(checkpoint(), store, optimizer, extra, progress, hash);
    saved = Clock::now();
  }

  void take_snapshot() { good.take(store, optimizer, extra, progress); }

  void roll_back(double loss) {
    const TrainProgress failed = progress;
    good.restore(store, optimizer, extra, progress);
    for (at::Tensor& gradient : sharded.gradients()) gradient.zero_();
    if (failed.rollbacks >= options.max_rollbacks) {
      if (!file_exists(checkpoint())) save();  // before the first one was due
      throw Error(str("training: loss is ", loss_text(loss), " in phase ", failed.phase + 1,
                      ", epoch ", failed.epoch + 1, ", step ", failed.step + 1, " after ",
                      failed.rollbacks, " roll-backs; the last good state is in ", checkpoint(),
                      "; lower train.phases.lr or set train.clip_norm"));
    }
    log_warning("loss ", loss_text(loss), " (running mean ", failed.smooth_loss, "): back to step ",
                progress.step + 1, " of epoch ", progress.epoch + 1, " at half the learning rate");
    progress.rollbacks = failed.rollbacks + 1;
    progress.lr_scale = failed.lr_scale / 2;
  }

  bool spiked(double loss) const {
    if (!std::isfinite(loss)) return true;
    return options.spike_factor > 0 && progress.smooth_loss > 0 &&
           loss > options.spike_factor * progress.smooth_loss;
  }

  /// Before a phase's first step: channels sorted, from the averaged weights where there are some;
  /// momentum and averages of the old order go.
  void begin_phase() {
    const int64_t stage = phase().schedule().sort_channels;
    if (stage < 0 || progress.epoch > 0 || progress.step > 0) return;
    if (options.ema > 0) store.values().copy_(extra.at("ema"));
    supernet::sort_channels(space, store, static_cast<int>(stage));
    if (options.ema > 0) extra.at("ema").copy_(store.values());
    for (const auto& [name, tensor] : optimizer.state()) tensor.zero_();
    log_info("phase ", progress.phase + 1, ": channels sorted (stage ", stage, ")");
  }

  void load_teacher() {
    teacher.reset();
    const std::string& from = phase().schedule().frozen_teacher;
    if (from.empty()) return;
    teacher = std::make_unique<FrozenTeacher>();
    teacher->spec = space.lower(space.largest(), {.phase = Phase::train});
    teacher->store = std::make_unique<ParameterStore>(store.clone());
    if (from == "start" || from == "kept") {
      if (from == "start" && progress.epoch == 0 && progress.step == 0)
        extra.at("teacher").copy_(store.values());
      teacher->store->values().copy_(extra.at("teacher"));
    } else {
      load_weights(read_weights_file(from), space, *teacher->store);
    }
  }

  /// A step's place in the run: its random streams are named by it.
  struct Place {
    int64_t phase, epoch, step, rollbacks;
  };
  PreparedStep prepare(const std::vector<int64_t>& order, const Place& place) const;
  /// The rest of the epoch's steps, made ready in the background.
  std::unique_ptr<Prefetch<PreparedStep>> prefetch(const std::vector<int64_t>& order) const;
  void one_step(const PreparedStep& step);
  void average_weights();
  void finish_epoch();
  void run_epoch(Progress& bar, int64_t& images);
};

void Trainer::Impl::average_weights() {
  if (options.ema <= 0) return;
  // Short runs average over what they have (TensorFlow's ExponentialMovingAverage, num_updates).
  const auto t = static_cast<double>(optimizer.steps());
  const double decay = std::min(options.ema, (1 + t) / (10 + t));
  extra.at("ema").lerp_(store.values(), 1 - decay);
}

PreparedStep Trainer::Impl::prepare(const std::vector<int64_t>& order, const Place& place) const {
  const auto begin = static_cast<size_t>(place.step * options.batch);
  const size_t count = std::min(order.size() - begin, static_cast<size_t>(options.batch));
  const auto names = {place.phase, place.epoch, place.step, place.rollbacks};
  Rng subnets = rng.fork("subnets", names);
  return prepare_step(space, data, std::span(order).subspan(begin, count),
                      rng.fork("augment", names), phase().step(subnets), options.shards,
                      teacher ? teacher->spec.inputs[0][2] : 0);
}

std::unique_ptr<Prefetch<PreparedStep>> Trainer::Impl::prefetch(
    const std::vector<int64_t>& order) const {
  // By value: a roll-back changes `progress` while the old steps are still being made.
  const Place now = {progress.phase, progress.epoch, 0, progress.rollbacks};
  return std::make_unique<Prefetch<PreparedStep>>(
      progress.step, steps_per_epoch(),
      [this, &order, now](int64_t step) {
        return prepare(order, {now.phase, now.epoch, step, now.rollbacks});
      },
      options.loader_threads, options.prefetch);
}

void Trainer::Impl::one_step(const PreparedStep& step) {
  const std::vector<double> losses = sharded.run({.step = step,
                                                  .teacher = teacher.get(),
                                                  .label_smoothing = options.label_smoothing,
                                                  .distillation = phase().schedule().distillation});
  double loss = 0;
  for (double each : losses) loss += each / static_cast<double>(losses.size());
  const double norm = spiked(loss) ? NAN
                                   : optimizer.step(store.values(), sharded.gradients(),
                                                    rate(progress.step), options.clip_norm);
  if (!std::isfinite(norm)) return roll_back(loss);
  average_weights();
  progress.smooth_loss =
      progress.smooth_loss > 0 ? 0.98 * progress.smooth_loss + 0.02 * loss : loss;
  progress.loss_sum += loss;
  ++progress.step;
}

void Trainer::Impl::finish_epoch() {
  ParameterStore weights = store.clone();
  if (options.ema > 0) weights.values().copy_(extra.at("ema"));
  EvaluatorOptions check;
  check.images = options.validation_images;
  SubnetEvaluator evaluator(space, data, weights, check);
  const std::vector<Arch> archs = watched_archs(space, options.named);
  std::vector<SubnetScore> scores(archs.size());
  try {
    evaluator.evaluate_all(archs, Split::validation, threads,
                           [&](size_t i, const SubnetScore& s) { scores[i] = s; });
  } catch (const Interrupted&) {
    save();  // with all steps done: a resumed run evaluates again
    throw;
  }
  const int64_t steps = steps_per_epoch();
  log_epoch(space,
            {.phase = progress.phase,
             .epoch = progress.epoch,
             .name = options.phase_names[static_cast<size_t>(progress.phase)],
             .epochs = phase().schedule().epochs,
             .lr = rate(0),
             .loss = progress.loss_sum / static_cast<double>(steps),
             .images = steps * options.batch,
             .seconds = std::chrono::duration<double>(Clock::now() - epoch_began).count()},
            options.named, scores, progress);
  progress.loss_sum = 0;
  progress.step = 0;
  epoch_began = Clock::now();
  if (++progress.epoch >= phase().schedule().epochs) {
    progress.epoch = 0;
    ++progress.phase;
    progress.smooth_loss = 0;  // another phase has other losses
    progress.finished = progress.phase == static_cast<int64_t>(options.phases.size());
  }
}

void Trainer::Impl::run_epoch(Progress& bar, int64_t& images) {
  const std::vector<int64_t> order =
      rng.fork("order", {progress.phase, progress.epoch}).permutation(data.size(Split::train));
  auto steps = prefetch(order);
  while (progress.step < steps_per_epoch()) {
    if (interrupted()) {
      save();
      throw_if_interrupted();
    }
    const int64_t epoch = progress.epoch, rollbacks = progress.rollbacks;
    one_step(steps->next());
    if (progress.epoch != epoch) return;  // rolled back over an epoch's start
    if (progress.rollbacks != rollbacks) steps = prefetch(order);
    images += options.batch;
    bar.update(images, str("loss ", rounded(progress.smooth_loss, 3)));
    const double since = std::chrono::duration<double>(Clock::now() - saved).count();
    if (since >= options.checkpoint_seconds) {
      save();
      take_snapshot();
    }
  }
  finish_epoch();
  write_history(folder, progress, !options.named.empty());
  save();
  take_snapshot();
}

Trainer::Trainer(const SearchSpace& space, const Dataset& data, const TrainOptions& options,
                 uint64_t seed, int64_t threads)
    : impl_(std::make_unique<Impl>(space, data, options, seed, threads)) {}
Trainer::~Trainer() = default;

ParameterStore& Trainer::store() { return impl_->store; }

void Trainer::run(const std::string& folder, const std::string& config_hash) {
  Impl& t = *impl_;
  t.folder = folder;
  t.hash = config_hash;
  const std::string path = t.checkpoint();
  if (file_exists(path) || file_exists(path + ".prev")) {
    load_checkpoint(path, t.store, t.optimizer, t.extra, t.progress, config_hash);
  }
  int64_t total = 0, images = 0;
  for (size_t p = 0; p < t.options.phases.size(); ++p) {
    const int64_t epochs = t.options.phases[p]->schedule().epochs;
    total += epochs * t.steps_per_epoch();
    if (static_cast<int64_t>(p) < t.progress.phase) images += epochs * t.steps_per_epoch();
  }
  images += t.progress.epoch * t.steps_per_epoch() + t.progress.step;
  images *= t.options.batch;
  Progress bar("train", total * t.options.batch, "images");
  bar.start_at(images);
  int64_t taught_phase = -1;
  while (!t.progress.finished) {
    if (taught_phase != t.progress.phase) {
      t.begin_phase();
      t.load_teacher();
      taught_phase = t.progress.phase;
      t.take_snapshot();
    }
    t.run_epoch(bar, images);
  }
  write_history(folder, t.progress, !t.options.named.empty());
  bar.finish();
  if (t.options.ema > 0) t.store.values().copy_(t.extra.at("ema"));
}

}  // namespace tailor::train
