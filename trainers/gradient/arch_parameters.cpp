// Adam in doubles over float values.
#include "trainers/gradient/arch_parameters.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "trainers/gradient/gates.h"

namespace tailor::train {
namespace {

double rounded(double x) { return static_cast<float>(x); }

}  // namespace

AdamOptions AdamOptions::read(const ConfigNode& cfg) {
  AdamOptions o;
  cfg.read("lr", o.lr, {.min = 0, .max = 10, .doc = "learning rate of architecture parameters"});
  cfg.read("beta1", o.beta1, {.min = 0, .max = 0.9999, .doc = "of the mean gradient; 0: none"});
  cfg.read("beta2", o.beta2, {.min = 0, .max = 0.99999, .doc = "of the mean squared gradient"});
  cfg.read("eps", o.eps, {.min = 0, .max = 1, .doc = "added to the denominator"});
  cfg.finish();
  return o;
}

ArchParameters::ArchParameters(const Slots& slots, const AdamOptions& adam, double deviation,
                               const Rng& rng)
    : slots_(slots),
      adam_(adam),
      alpha_(slots.zeros()),
      first_(slots.zeros()),
      second_(slots.zeros()) {
  for (size_t s = 0; s < alpha_.size(); ++s) {
    Rng own = rng.fork("alpha", {static_cast<int64_t>(s)});
    for (double& each : alpha_[s]) each = rounded(deviation * own.normal());
  }
}

SlotValues ArchParameters::probabilities() const {
  SlotValues out;
  for (size_t s = 0; s < alpha_.size(); ++s) {
    try {
      out.push_back(softmax(alpha_[s]));
    } catch (const Error& error) {
      throw Error(str("slot '", slots_[s].name, "': ", error.what()));
    }
  }
  return out;
}

double ArchParameters::entropy() const {
  double sum = 0;
  for (const std::vector<double>& p : probabilities()) {
    for (const double each : p) sum -= each > 0 ? each * std::log(each) : 0;
  }
  return alpha_.empty() ? 0 : sum / static_cast<double>(alpha_.size());
}

std::vector<size_t> ArchParameters::most_likely() const {
  std::vector<size_t> out;
  for (const std::vector<double>& a : alpha_) {
    out.push_back(static_cast<size_t>(std::max_element(a.begin(), a.end()) - a.begin()));
  }
  return out;
}

std::vector<size_t> ArchParameters::sample(Rng& rng) const {
  std::vector<size_t> out;
  for (const std::vector<double>& p : probabilities()) out.push_back(draw_index(p, rng));
  return out;
}

void ArchParameters::step(const SlotValues& gradient) {
  for (size_t s = 0; s < gradient.size(); ++s) {
    if (std::all_of(gradient[s].begin(), gradient[s].end(),
                    [](double g) { return std::isfinite(g); })) {
      continue;
    }
    throw Error(str("the gradient of the architecture parameters of slot '", slots_[s].name,
                    "' is not finite; lower the learning rates"));
  }
  ++steps_;
  const auto t = static_cast<double>(steps_);
  const double fix1 = 1 - std::pow(adam_.beta1, t), fix2 = 1 - std::pow(adam_.beta2, t);
  for (size_t s = 0; s < gradient.size(); ++s) {
    for (size_t i = 0; i < gradient[s].size(); ++i) {
      const double g = gradient[s][i];
      double &m = first_[s][i], &v = second_[s][i];
      m = rounded(adam_.beta1 * m + (1 - adam_.beta1) * g);
      v = rounded(adam_.beta2 * v + (1 - adam_.beta2) * g * g);
      alpha_[s][i] -= adam_.lr * (m / fix1) / (std::sqrt(v / fix2) + adam_.eps);
    }
  }
}

void ArchParameters::round() {
  for (size_t s = 0; s < alpha_.size(); ++s) {
    for (double& each : alpha_[s]) {
      each = rounded(each);
      if (std::isfinite(each)) continue;
      throw Error(str("an architecture parameter of slot '", slots_[s].name,
                      "' is not a finite number; lower gradient.adam.lr"));
    }
  }
}

std::vector<float> ArchParameters::state() const {
  std::vector<float> out;
  for (const SlotValues* values : {&alpha_, &first_, &second_}) {
    for (const auto& slot : *values) {
      for (const double each : slot) out.push_back(static_cast<float>(each));
    }
  }
  // Two floats hold any number of steps: each is whole up to 2^24.
  out.push_back(static_cast<float>(steps_ >> 20));
  out.push_back(static_cast<float>(steps_ & ((1 << 20) - 1)));
  return out;
}

void ArchParameters::set_state(std::span<const float> state) {
  if (state.size() != this->state().size()) {
    throw IoError(str("a checkpoint holds ", state.size(), " numbers of architecture parameters, ",
                      "this search has ", this->state().size()));
  }
  size_t next = 0;
  for (SlotValues* values : {&alpha_, &first_, &second_}) {
    for (auto& slot : *values) {
      for (double& each : slot) each = state[next++];
    }
  }
  steps_ = static_cast<int64_t>(state[next]) * (1 << 20) + static_cast<int64_t>(state[next + 1]);
}

}  // namespace tailor::train
