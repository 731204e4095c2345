// One step of a mixed network.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>

#include "core/error.h"
#include "supernet/torch/graph_net.h"
#include "trainers/gradient/mixed_net.h"

namespace tailor::train {
namespace {

using supernet::GraphNet;
using supernet::RunMode;

NetworkSpec network_of(const Block& block, std::shared_ptr<const Block> shared) {
  NetworkSpec spec{.name = block.name, .workload = {}, .inputs = block.inputs, .blocks = {}};
  BlockUse use{std::move(shared), {}};
  for (size_t i = 0; i < block.inputs.size(); ++i) use.inputs.push_back(static_cast<int>(i));
  spec.blocks.push_back(std::move(use));
  return spec;
}

/// Runs a block, or passes its input on as a value of its own.
at::Tensor run_block(const std::shared_ptr<const Block>& block, std::span<const at::Tensor> inputs,
                     const supernet::ParameterStore& store) {
  if (!block) return inputs[0].view_as(inputs[0]);
  return GraphNet(network_of(*block, block), store).forward(inputs, RunMode::train);
}

double gate_gradient(const at::Tensor& result, const at::Tensor& gradient) {
  return (result * gradient).sum(at::kDouble).item<double>();
}

/// What a place does in a step: each alternative that takes part, and how its weight is made.
struct Mixture {
  std::vector<size_t> alternatives;
  std::vector<double> weights, gradients;  // of each; gradients by weights
  struct Term {
    size_t alternative;           // of those
    std::vector<size_t> members;  // of each slot's draw
  };
  std::vector<Term> terms;

  size_t find_or_add(size_t alternative) {
    const auto found = std::find(alternatives.begin(), alternatives.end(), alternative);
    const auto at = static_cast<size_t>(found - alternatives.begin());
    if (found == alternatives.end()) {
      alternatives.push_back(alternative);
      weights.push_back(0);
      gradients.push_back(0);
    }
    return at;
  }
};

}  // namespace

class MixedNet::Run {
 public:
  Run(const MixedNet& net, const supernet::ParameterStore& store, std::span<const GateDraw> draws,
      bool recompute)
      : net_(net), store_(store), draws_(draws), recompute_(recompute) {
    for (const Place& place : net.places_) mixtures_.push_back(mixture_of(place));
  }

  MixedResult operator()(const at::Tensor& images, const Loss& loss) {
    std::vector<at::Tensor> values = {images.contiguous(at::MemoryFormat::ChannelsLast)};
    for (size_t p = 0; p < net_.places_.size(); ++p) {
      std::vector<at::Tensor> inputs;
      for (const int value : net_.places_[p].inputs) {
        inputs.push_back(values[static_cast<size_t>(value)]);
      }
      values.push_back(run_place(p, std::move(inputs)));
    }
    const at::Tensor total = loss(values.back());
    values.clear();
    MixedResult out{total.item<double>(), {}};
    if (!entries_.empty()) torch::autograd::grad({total}, entries_, {}, std::nullopt, false, true);
    for (const GateDraw& draw : draws_) out.gate_gradient.emplace_back(draw.options.size(), 0.0);
    for (size_t p = 0; p < net_.places_.size(); ++p) add_gradients(p, out.gate_gradient);
    return out;
  }

 private:
  /// Combinations of the draws' options. Where two gates are 0, neither result nor gradient sees
  /// the combination.
  Mixture mixture_of(const Place& place) const {
    Mixture out;
    std::vector<size_t> members(place.table.slots.size(), 0);
    const auto visit = [&](const auto& self, size_t i, size_t combination, int zeros,
                           double weight) -> void {
      if (zeros > 1) return;
      if (i == members.size()) {
        const size_t a = out.find_or_add(place.alternative_of[combination]);
        out.weights[a] += weight;
        out.terms.push_back({a, members});
        return;
      }
      const size_t slot = place.table.slots[i];
      const GateDraw& draw = draws_[slot];
      for (members[i] = 0; members[i] < draw.options.size(); ++members[i]) {
        const double gate = draw.gates[members[i]];
        self(self, i + 1, combination * net_.slots_[slot].options.size() + draw.options[members[i]],
             zeros + (gate == 0), weight * gate);
      }
    };
    visit(visit, 0, 0, 0, 1);
    return out;
  }

  at::Tensor run_place(size_t p, std::vector<at::Tensor> inputs) {
    const Place& place = net_.places_[p];
    Mixture& mixture = mixtures_[p];
    if (mixture.alternatives.size() == 1) {
      return run_block(place.alternatives[mixture.alternatives[0]], inputs, store_);
    }
    if (!inputs[0].requires_grad()) {
      inputs[0] = inputs[0].detach().requires_grad_();
      entries_.push_back(inputs[0]);
    }
    std::vector<at::Tensor> kept;  // results without their history
    at::Tensor mixed;
    for (size_t a = 0; a < mixture.alternatives.size(); ++a) {
      const auto& block = place.alternatives[mixture.alternatives[a]];
      const double weight = mixture.weights[a];
      at::AutoGradMode history(weight != 0);
      if (weight == 0 && recompute_) {
        kept.emplace_back();
        continue;
      }
      at::Tensor result = run_block(block, inputs, store_);
      kept.push_back(result.detach());
      if (weight == 0) continue;
      if (weight != 1) result = result * weight;
      mixed = mixed.defined() ? mixed + result : result;
    }
    TAILOR_CHECK(mixed.defined(), "block '", place.name, "': every gate is 0");
    for (at::Tensor& each : inputs) each = each.detach();
    mixed.register_hook([this, p, kept, inputs](const at::Tensor& gradient) {
      collect(p, kept, inputs, gradient);
    });
    return mixed;
  }

  /// d loss / d weight of every alternative of a place.
  void collect(size_t p, const std::vector<at::Tensor>& kept, const std::vector<at::Tensor>& inputs,
               const at::Tensor& gradient) {
    at::NoGradGuard no_history;
    Mixture& mixture = mixtures_[p];
    for (size_t a = 0; a < kept.size(); ++a) {
      const auto& block = net_.places_[p].alternatives[mixture.alternatives[a]];
      mixture.gradients[a] =
          gate_gradient(kept[a].defined() ? kept[a] : run_block(block, inputs, store_), gradient);
    }
  }

  /// A combination's weight is the product of its gates.
  void add_gradients(size_t p, SlotValues& to) const {
    const Mixture& mixture = mixtures_[p];
    const std::vector<size_t>& slots = net_.places_[p].table.slots;
    for (const Mixture::Term& term : mixture.terms) {
      for (size_t i = 0; i < slots.size(); ++i) {
        double others = mixture.gradients[term.alternative];
        for (size_t j = 0; j < slots.size(); ++j) {
          if (j != i) others *= draws_[slots[j]].gates[term.members[j]];
        }
        to[slots[i]][term.members[i]] += others;
      }
    }
  }

  const MixedNet& net_;
  const supernet::ParameterStore& store_;
  std::span<const GateDraw> draws_;
  const bool recompute_;
  std::vector<Mixture> mixtures_;    // one a place
  std::vector<at::Tensor> entries_;  // where autograd begins
};

MixedResult MixedNet::run(const supernet::ParameterStore& store, const at::Tensor& images,
                          std::span<const GateDraw> draws, bool recompute, const Loss& loss) const {
  TAILOR_CHECK(draws.size() == slots_.size(), draws.size(), " draws for ", slots_.size(), " slots");
  return Run(*this, store, draws, recompute)(images, loss);
}

}  // namespace tailor::train
