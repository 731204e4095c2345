// Gates, mixed network, objective and Adam put together.
#include "trainers/gradient/arch_step.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <cmath>

#include "core/error.h"
#include "supernet/torch/graph_net.h"
#include "trainers/losses.h"

namespace tailor::train {

struct ArchStep::Threads {
  explicit Threads(int threads) : arena(threads) {}
  tbb::task_arena arena;
};

ArchStep::ArchStep(const Slots& slots, const MixedNet& net, const GradientOptions& options,
                   std::span<const GradientTarget> targets, int64_t threads)
    : slots_(slots),
      net_(net),
      gates_(options.gates),
      objective_(options.make_objective()),
      reinforce_(options.reinforce),
      baseline_(options.reinforce.decay),
      threads_(std::make_unique<Threads>(static_cast<int>(threads))) {
  const std::string wanted = objective_->metric();
  for (const GradientTarget& each : targets) {
    if (!objective_->every_limit() && each.metric != wanted) continue;
    targets_.push_back({{each.metric, each.limit, 0}, {slots, each.sum, each.metric}, each.sum});
  }
  if (targets_.empty() && (objective_->every_limit() || !wanted.empty())) {
    options.objective->fail("name", str("needs a limit", wanted.empty() ? "" : " on " + wanted,
                                        ", and search.limits has none"));
  }
  if (objective_->every_limit()) {
    objective_->set_state(std::vector<double>(targets_.size(), 0.0));
  }
}

ArchStep::~ArchStep() = default;

std::vector<TargetState> ArchStep::targets(const SlotValues& probabilities) const {
  std::vector<TargetState> out;
  for (const Target& target : targets_) {
    out.push_back(target.state);
    out.back().mean = target.mean(probabilities);
  }
  return out;
}

void ArchStep::over_shards(std::span<const Batch> shards,
                           const std::function<void(size_t shard, double share)>& body) const {
  double images = 0;
  for (const Batch& shard : shards) images += static_cast<double>(shard.labels.size(0));
  const auto run = [&](size_t s) {
    body(s, static_cast<double>(shards[s].labels.size(0)) / images);
  };
  threads_->arena.execute(
      [&] { tbb::parallel_for(size_t{0}, shards.size(), run, tbb::simple_partitioner{}); });
}

MixedResult ArchStep::run_shards(const supernet::ParameterStore& store,
                                 std::span<const Batch> shards,
                                 std::span<const GateDraw> draws) const {
  std::vector<MixedResult> results(shards.size());
  over_shards(shards, [&](size_t s, double share) {
    results[s] = net_.run(
        store, shards[s].images, draws, gates_->recomputes(),
        [&](const at::Tensor& logits) { return label_loss(logits, shards[s].labels, 0) * share; });
  });
  MixedResult sum = std::move(results[0]);
  for (size_t s = 1; s < results.size(); ++s) {
    sum.loss += results[s].loss;
    for (size_t i = 0; i < slots_.size(); ++i) {
      for (size_t k = 0; k < draws[i].options.size(); ++k) {
        sum.gate_gradient[i][k] += results[s].gate_gradient[i][k];
      }
    }
  }
  return sum;
}

std::pair<double, double> ArchStep::score(const supernet::ParameterStore& store,
                                          std::span<const Batch> shards,
                                          const NetworkSpec& spec) const {
  std::vector<std::pair<double, double>> parts(shards.size());
  over_shards(shards, [&](size_t s, double share) {
    at::NoGradGuard no_history;
    supernet::GraphNet net(spec, store);
    const at::Tensor logits = net.forward(shards[s].images, supernet::RunMode::train);
    const at::Tensor right = logits.argmax(1).eq(shards[s].labels).to(at::kDouble).mean();
    parts[s] = {label_loss(logits, shards[s].labels, 0).item<double>() * share,
                right.item<double>() * share};
  });
  std::pair<double, double> sum;
  for (const auto& [loss, accuracy] : parts) {
    sum.first += loss;
    sum.second += accuracy;
  }
  return sum;
}

std::vector<float> ArchStep::state() const {
  std::vector<float> out;
  for (const double each : objective_->state()) out.push_back(static_cast<float>(each));
  out.push_back(static_cast<float>(baseline_.value()));
  return out;
}

void ArchStep::set_state(std::span<const float> state) {
  objective_->set_state(std::vector<double>(state.begin(), state.end() - 1));
  baseline_.set(state.back());
}

ArchStep::Outcome ArchStep::operator()(const supernet::ParameterStore& store,
                                       std::span<const Batch> shards, ArchParameters& parameters,
                                       const Rng& rng) {
  return reinforce_.samples > 0 ? by_rewards(store, shards, parameters, rng)
                                : by_gates(store, shards, parameters, rng);
}

ArchStep::Outcome ArchStep::by_rewards(const supernet::ParameterStore& store,
                                       std::span<const Batch> shards, ArchParameters& parameters,
                                       const Rng& rng) {
  const Target* target = nullptr;
  for (const Target& each : targets_) {
    if (each.state.metric == reinforce_.metric) target = &each;
  }
  std::vector<RewardedSample> samples;
  Outcome out;
  double mean = 0;
  const auto n = static_cast<double>(reinforce_.samples);
  for (int64_t i = 0; i < reinforce_.samples; ++i) {
    Rng own = rng.fork("sample", {i});
    RewardedSample& sample = samples.emplace_back(RewardedSample{parameters.sample(own), 0});
    const Arch arch = slots_.arch(sample.options);
    const auto [loss, accuracy] =
        score(store, shards, slots_.space().lower(arch, {.phase = Phase::train}));
    sample.reward = reward(accuracy, target ? &target->state : nullptr,
                           target ? target->sum(arch) : 0, reinforce_.power);
    out.cross_entropy += loss / n;
    mean += sample.reward / n;
  }
  parameters.step(
      reinforce_gradient(slots_, parameters.probabilities(), samples, baseline_.update(mean)));
  parameters.round();
  out.loss = -mean;
  return out;
}

ArchStep::Outcome ArchStep::by_gates(const supernet::ParameterStore& store,
                                     std::span<const Batch> shards, ArchParameters& parameters,
                                     const Rng& rng) {
  std::vector<GateDraw> draws;
  for (size_t s = 0; s < slots_.size(); ++s) {
    Rng own = rng.fork("gates", {static_cast<int64_t>(s)});
    draws.push_back(gates_->draw(parameters.alpha()[s], own));
  }
  const MixedResult mixed = run_shards(store, shards, draws);
  if (!std::isfinite(mixed.loss)) {
    throw Error(str("the loss of an architecture step is ", mixed.loss,
                    "; lower gradient.lr or set train.clip_norm"));
  }
  const SlotValues probabilities = parameters.probabilities();
  const std::vector<TargetState> states = targets(probabilities);
  const ObjectiveTerms terms = objective_->terms(mixed.loss, states);
  SlotValues by_probability = slots_.zeros();
  for (size_t t = 0; t < targets_.size(); ++t) {
    SlotValues own = slots_.zeros();
    targets_[t].mean(probabilities, &own);
    for (size_t s = 0; s < own.size(); ++s) {
      for (size_t i = 0; i < own[s].size(); ++i)
        by_probability[s][i] += terms.by_mean[t] * own[s][i];
    }
  }
  SlotValues gradient;
  for (size_t s = 0; s < slots_.size(); ++s) {
    std::vector<double> by_gate = mixed.gate_gradient[s];
    for (size_t k = 0; k < by_gate.size(); ++k) {
      by_gate[k] = terms.by_cross_entropy * by_gate[k] + by_probability[s][draws[s].options[k]];
    }
    gradient.push_back(gates_->alpha_gradient(draws[s], slots_[s].options.size(), by_gate));
  }
  const SlotValues before = parameters.alpha();
  parameters.step(gradient);
  for (size_t s = 0; s < slots_.size(); ++s) {
    gates_->settle(draws[s], before[s], parameters.values(s));
  }
  parameters.round();
  objective_->stepped(states);
  return {mixed.loss, terms.loss};
}

}  // namespace tailor::train
