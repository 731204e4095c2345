// The loop of a search by gradient.
#include "trainers/gradient/gradient_search.h"

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
#include "trainers/checkpoint.h"
#include "trainers/epoch_log.h"
#include "trainers/gradient/image_halves.h"
#include "trainers/schedule.h"
#include "trainers/shard_step.h"
#include "trainers/subnet_evaluator.h"

namespace tailor::train {

using Clock = std::chrono::steady_clock;
using supernet::ParameterStore;

namespace {

at::Tensor tensor_of(std::span<const float> values) {
  at::Tensor out = at::empty({static_cast<int64_t>(values.size())});
  std::copy(values.begin(), values.end(), out.data_ptr<float>());
  return out;
}

std::span<const float> floats_of(const at::Tensor& tensor) {
  return {tensor.data_ptr<float>(), static_cast<size_t>(tensor.numel())};
}

}  // namespace

struct GradientSearch::Impl {
  const SearchSpace& space;
  const Dataset& data;
  const TrainOptions& training;
  const GradientOptions& options;
  const Rng rng;
  const int64_t threads;
  const Workload workload{.phase = Phase::train};
  const std::vector<BlockPlace> places;
  const Slots slots;
  const MixedNet net;
  ParameterStore store;
  Optimizer optimizer;
  ShardedStep sharded;
  ArchStep arch_step;
  ArchParameters parameters;
  const ImageHalves images;
  TrainProgress progress;
  double arch_loss_sum = 0;  // of the epoch's architecture steps
  std::string folder, hash;
  Clock::time_point saved = Clock::now(), epoch_began = Clock::now();

  Impl(const SearchSpace& s, const Dataset& d, const TrainOptions& t, const GradientOptions& o,
       std::span<const GradientTarget> targets, uint64_t seed, int64_t n)
      : space(s),
        data(d),
        training(t),
        options(o),
        rng(Rng(seed).fork("gradient")),
        threads(n),
        places(block_places(s, workload, &o.only)),
        slots(s, places, &o.only),
        net(slots, places, workload),
        store(ParameterStore::of_space(s)),
        optimizer(t.optimizer, store),
        sharded(store, t.shards, n, t.running_statistics),
        arch_step(slots, net, o, targets, std::min(n, t.shards)),
        parameters(slots, o.adam, o.deviation, rng),
        images(d, o.held_out, t.batch, t.shards, resolution(), rng) {
    store.initialise(Rng(seed));
    if (!t.start.empty()) load_weights(read_weights_file(t.start), space, store);
  }

  int64_t resolution() const {
    const std::vector<size_t> first(slots.size(), 0);
    return space.lower(slots.arch(first), workload).inputs[0][2];
  }
  bool warming_up() const { return progress.phase == 0; }
  int64_t epochs() const { return warming_up() ? options.warmup_epochs : options.epochs; }
  int64_t steps() const { return images.weight_steps(); }
  double rate() const {
    PhaseSchedule schedule;
    schedule.epochs = epochs();
    schedule.lr = warming_up() ? options.warmup_lr : options.lr;
    return learning_rate(schedule, progress.epoch * steps() + progress.step, steps());
  }
  /// Steps of weights since the search's beginning.
  int64_t steps_done() const {
    const int64_t before = warming_up() ? 0 : options.warmup_epochs;
    return (before + progress.epoch) * steps() + progress.step;
  }
  std::string checkpoint() const { return folder + "/checkpoint.safetensors"; }

  std::map<std::string, at::Tensor> extra() {
    std::vector<float> controller = arch_step.state();
    controller.push_back(static_cast<float>(arch_loss_sum));
    return {{"architecture", tensor_of(parameters.state())}, {"controller", tensor_of(controller)}};
  }

  void save() {
    save_checkpoint(checkpoint(), store, optimizer, extra(), progress, hash);
    saved = Clock::now();
  }

  void resume() {
    std::map<std::string, at::Tensor> kept = extra();
    load_checkpoint(checkpoint(), store, optimizer, kept, progress, hash);
    parameters.set_state(floats_of(kept.at("architecture")));
    const auto controller = floats_of(kept.at("controller"));
    arch_loss_sum = controller.back();
    arch_step.set_state(controller.first(controller.size() - 1));
  }

  void write_tables() const {
    write_table(folder + "/history.csv", history_header(), progress.history);
    write_table(folder + "/architecture.csv", architecture_header(), progress.architecture);
  }

  /// Architecture steps that come after this epoch's first `step` weight steps; 0 while warming up.
  int64_t arch_steps(int64_t step) const {
    return warming_up() ? 0 : (progress.epoch * steps() + step) / options.every;
  }

  void note_probabilities();
  void weight_step(PreparedStep step);
  void one_step(ImageHalves::Step step);
  std::vector<SubnetScore> scores(std::span<const Arch> archs);
  void finish_epoch();
  void run_epoch(Progress& bar);
};

void GradientSearch::Impl::note_probabilities() {
  const SlotValues p = parameters.probabilities();
  const int64_t epoch = warming_up() ? 0 : progress.epoch;
  for (size_t s = 0; s < slots.size(); ++s) {
    for (size_t i = 0; i < p[s].size(); ++i) {
      progress.architecture.push_back(
          str(epoch, ",", slots[s].name, ",", slots.option_text(s, i), ",", rounded(p[s][i], 6)));
    }
  }
}

void GradientSearch::Impl::weight_step(PreparedStep step) {
  Rng paths = rng.fork("paths", {progress.phase, progress.epoch, progress.step});
  step.tasks = {{.arch = slots.arch(parameters.sample(paths))}};
  step.specs = {space.lower(step.tasks[0].arch, workload)};
  const double loss = sharded.run({.step = step, .label_smoothing = training.label_smoothing})[0];
  const double norm = std::isfinite(loss) ? optimizer.step(store.values(), sharded.gradients(),
                                                           rate(), training.clip_norm)
                                          : NAN;
  if (!std::isfinite(norm)) {
    throw Error(str("search by gradient: the loss of weights is ", std::abs(loss), " in epoch ",
                    progress.epoch + 1, ", step ", progress.step + 1, "; the last good state is ",
                    "in ", checkpoint(), "; lower gradient.lr or set train.clip_norm"));
  }
  progress.loss_sum += loss;
  progress.smooth_loss =
      progress.smooth_loss > 0 ? 0.98 * progress.smooth_loss + 0.02 * loss : loss;
}

void GradientSearch::Impl::one_step(ImageHalves::Step step) {
  weight_step(std::move(step.weights));
  if (!step.architecture.empty()) {
    const Rng own = rng.fork("architecture", {progress.epoch, progress.step});
    // As a checkpoint keeps it.
    arch_loss_sum = static_cast<float>(
        arch_loss_sum + arch_step(store, step.architecture, parameters, own).cross_entropy);
  }
  ++progress.step;
}

std::vector<SubnetScore> GradientSearch::Impl::scores(std::span<const Arch> archs) {
  EvaluatorOptions check;
  check.images = training.validation_images;
  SubnetEvaluator evaluator(space, data, store, check);
  std::vector<SubnetScore> out(archs.size());
  evaluator.evaluate_all(archs, Split::validation, threads,
                         [&](size_t i, const SubnetScore& score) { out[i] = score; });
  return out;
}

void GradientSearch::Impl::finish_epoch() {
  const Arch likely = slots.arch(parameters.most_likely());
  double accuracy = 0;
  try {
    accuracy = scores({&likely, 1})[0].accuracy;
  } catch (const Interrupted&) {
    save();  // with all steps done: a resumed run evaluates again
    throw;
  }
  const int64_t taken = arch_steps(steps()) - arch_steps(0);
  const double loss = progress.loss_sum / static_cast<double>(steps());
  const double arch_loss = taken > 0 ? arch_loss_sum / static_cast<double>(taken) : NAN;
  const double seconds = std::chrono::duration<double>(Clock::now() - epoch_began).count();
  std::vector<std::string> means, multipliers;
  for (const TargetState& t : arch_step.targets(parameters.probabilities())) {
    means.push_back(str(t.metric, " ", rounded(t.mean, 4), " of ", rounded(t.limit, 4)));
  }
  for (const double each : arch_step.objective().state()) {
    multipliers.push_back(rounded(each, 4));
  }
  const std::string part = warming_up() ? "warm-up" : "search";
  progress.history.push_back(str(part, ",", progress.epoch + 1, ",", number(loss), ",",
                                 std::isnan(arch_loss) ? "" : number(arch_loss), ",",
                                 join(means, "; "), ",", join(multipliers, "; "), ",",
                                 rounded(parameters.entropy(), 6), ",", number(accuracy), ",\"",
                                 space.print(likely), "\",", rounded(seconds, 2)));
  log_info("gradient: ", part, " epoch ", progress.epoch + 1, "/", epochs(), ": loss ",
           rounded(loss, 4), ", mean ", join(means, ", "), ", entropy ",
           rounded(parameters.entropy(), 3), ", likeliest network ", number(accuracy));
  progress.loss_sum = arch_loss_sum = 0;
  progress.step = 0;
  epoch_began = Clock::now();
  if (++progress.epoch >= epochs()) {
    progress.finished = !warming_up();
    ++progress.phase;
    progress.epoch = 0;
  }
  if (progress.finished) progress.epoch = options.epochs;
  if (progress.phase > 0) note_probabilities();
}

void GradientSearch::Impl::run_epoch(Progress& bar) {
  const bool warm = warming_up();
  const ImageHalves::Epoch epoch{progress.phase, progress.epoch};
  const auto make = [&, warm](int64_t step) {
    const bool due = !warm && arch_steps(step + 1) > arch_steps(step);
    return images.step(epoch, step, due ? arch_steps(step) : -1);
  };
  Prefetch<ImageHalves::Step> steps_ahead(progress.step, steps(), make, training.loader_threads,
                                          training.prefetch);
  while (progress.step < steps()) {
    if (interrupted()) {
      save();
      throw_if_interrupted();
    }
    one_step(steps_ahead.next());
    bar.update(steps_done() * training.batch, str("loss ", rounded(progress.smooth_loss, 3)));
    const double since = std::chrono::duration<double>(Clock::now() - saved).count();
    if (since >= training.checkpoint_seconds) save();
  }
  finish_epoch();
  write_tables();
  save();
}

GradientSearch::GradientSearch(const SearchSpace& space, const Dataset& data,
                               const TrainOptions& training, const GradientOptions& options,
                               std::span<const GradientTarget> targets, uint64_t seed,
                               int64_t threads)
    : impl_(std::make_unique<Impl>(space, data, training, options, targets, seed, threads)) {}
GradientSearch::~GradientSearch() = default;

const Slots& GradientSearch::slots() const { return impl_->slots; }
const ArchParameters& GradientSearch::parameters() const { return impl_->parameters; }
ParameterStore& GradientSearch::store() { return impl_->store; }

std::vector<std::string> GradientSearch::history_header() {
  return {"part",        "epoch",   "loss",     "architecture_loss", "means",
          "multipliers", "entropy", "accuracy", "likeliest",         "seconds"};
}

std::vector<std::string> GradientSearch::architecture_header() {
  return {"epoch", "slot", "option", "probability"};
}

void GradientSearch::run(const std::string& folder, const std::string& config_hash) {
  Impl& t = *impl_;
  t.folder = folder;
  t.hash = config_hash;
  if (file_exists(t.checkpoint()) || file_exists(t.checkpoint() + ".prev")) {
    t.resume();
  } else {
    t.progress.phase = t.options.warmup_epochs > 0 ? 0 : 1;
    t.note_probabilities();
  }
  const int64_t epochs = t.options.warmup_epochs + t.options.epochs;
  Progress bar("gradient", epochs * t.steps() * t.training.batch, "images");
  bar.start_at(t.steps_done() * t.training.batch);
  while (!t.progress.finished) t.run_epoch(bar);
  t.write_tables();
  bar.finish();
}

}  // namespace tailor::train
