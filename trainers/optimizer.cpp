// SGD with (Nesterov) momentum and AdamW on flat buffers.
#include "trainers/optimizer.h"

#include <cmath>

#include <ATen/ATen.h>

#include "core/error.h"

namespace tailor::train {
namespace {

/// Adds gradients 1.. to gradient 0, zeroes them, and returns the squared norm of the sum.
double reduce(std::span<at::Tensor> gradients) {
  const int64_t n = gradients[0].numel();
  auto* sum = gradients[0].data_ptr<float>();
  for (size_t s = 1; s < gradients.size(); ++s) {
    auto* from = gradients[s].data_ptr<float>();
    for (int64_t i = 0; i < n; ++i) {
      sum[i] += from[i];
      from[i] = 0;
    }
  }
  double square = 0;
  constexpr int64_t kChunk = 4096;  // float inside, double across: exact enough and vectorised
  for (int64_t begin = 0; begin < n; begin += kChunk) {
    const int64_t end = std::min(n, begin + kChunk);
    float partial = 0;
    for (int64_t i = begin; i < end; ++i) partial += sum[i] * sum[i];
    square += static_cast<double>(partial);
  }
  return square;
}

void sgd(const OptimizerOptions& o, float* w, float* g, float* m, const float* decay, int64_t n,
         float scale, float lr) {
  const auto momentum = static_cast<float>(o.momentum);
  const float now = o.nesterov ? 1.0f : 0.0f;
  const float later = o.nesterov ? momentum : 1.0f;
  for (int64_t i = 0; i < n; ++i) {
    const float grad = g[i] * scale + decay[i] * w[i];
    m[i] = momentum * m[i] + grad;
    w[i] -= lr * (now * grad + later * m[i]);
    g[i] = 0;
  }
}

void adamw(const OptimizerOptions& o, float* w, float* g, float* m, float* v, const float* decay,
           int64_t n, float scale, float lr, int64_t step) {
  const auto beta1 = static_cast<float>(o.momentum), beta2 = static_cast<float>(o.beta2);
  const auto eps = static_cast<float>(o.eps);
  const auto t = static_cast<double>(step);
  const auto fix1 = static_cast<float>(1 / (1 - std::pow(o.momentum, t)));
  const auto fix2 = static_cast<float>(1 / (1 - std::pow(o.beta2, t)));
  for (int64_t i = 0; i < n; ++i) {
    const float grad = g[i] * scale;
    m[i] = beta1 * m[i] + (1 - beta1) * grad;
    v[i] = beta2 * v[i] + (1 - beta2) * grad * grad;
    w[i] -= lr * (m[i] * fix1 / (std::sqrt(v[i] * fix2) + eps) + decay[i] * w[i]);
    g[i] = 0;
  }
}

}  // namespace

OptimizerOptions OptimizerOptions::read(const ConfigNode& cfg) {
  OptimizerOptions o;
  cfg.read("name", o.name, {.choices = {"sgd", "adamw"}, .doc = "update rule"});
  cfg.read("momentum", o.momentum,
           {.min = 0, .max = 0.9999, .doc = "momentum of SGD, first beta of AdamW"});
  cfg.read("nesterov", o.nesterov, {.doc = "Nesterov momentum (SGD)"});
  cfg.read("beta2", o.beta2, {.min = 0, .max = 0.99999, .doc = "second beta of AdamW"});
  cfg.read("eps", o.eps, {.min = 0, .max = 1, .doc = "added to the denominator (AdamW)"});
  cfg.read("weight_decay", o.weight_decay,
           {.min = 0, .max = 10, .doc = "pulls weights to 0; norms and biases are left out"});
  cfg.finish();
  return o;
}

Optimizer::Optimizer(const OptimizerOptions& options, const supernet::ParameterStore& store)
    : options_(options), decay_(static_cast<size_t>(store.values().numel()), 0.0f) {
  for (const supernet::Parameter& p : store.parameters()) {
    if (p.frozen || (p.role != Role::weight && p.role != Role::transform)) continue;
    std::fill_n(decay_.begin() + p.offset, numel(p.shape),
                static_cast<float>(options.weight_decay));
  }
  state_["momentum"] = store.zeros_like_values();
  if (options.name == "adamw") state_["second_moment"] = store.zeros_like_values();
}

double Optimizer::step(const at::Tensor& values, std::span<at::Tensor> gradients, double lr,
                       double clip_norm) {
  const double norm = std::sqrt(reduce(gradients));
  const double scale = clip_norm > 0 && norm > clip_norm ? clip_norm / norm : 1;
  ++steps_;
  auto* w = values.data_ptr<float>();
  auto* g = gradients[0].data_ptr<float>();
  auto* m = state_.at("momentum").data_ptr<float>();
  if (options_.name == "adamw") {
    adamw(options_, w, g, m, state_.at("second_moment").data_ptr<float>(), decay_.data(),
          values.numel(), static_cast<float>(scale), static_cast<float>(lr), steps_);
  } else {
    sgd(options_, w, g, m, decay_.data(), values.numel(), static_cast<float>(scale),
        static_cast<float>(lr));
  }
  return norm;
}

}  // namespace tailor::train
