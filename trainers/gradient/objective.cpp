// The objectives.
#include "trainers/gradient/objective.h"

#include <cmath>

#include "core/error.h"

namespace tailor::train {
namespace {

constexpr const char* kMetricDoc = "which limit of the search it holds networks to";

/// Cross entropy alone.
class NoTarget : public GradientObjective {
 public:
  ObjectiveTerms terms(double ce, std::span<const TargetState> targets) const override {
    return {ce, 1, std::vector<double>(targets.size(), 0.0)};
  }
};

/// alpha CE (ln E / ln ref)^beta. Source: proxylessnas, search/nas_manager.py (mul#log).
class MulLog : public GradientObjective {
 public:
  explicit MulLog(const ConfigNode& cfg) {
    cfg.read("metric", metric_, {.doc = kMetricDoc});
    cfg.read("alpha", alpha_, {.min = 0, .max = 1e3, .doc = "factor of the whole"});
    cfg.read("beta", beta_, {.min = 0, .max = 1e3, .doc = "power of ln(mean) / ln(limit)"});
    cfg.finish();
  }
  std::string metric() const override { return metric_; }

  ObjectiveTerms terms(double ce, std::span<const TargetState> targets) const override {
    const auto& [metric, limit, mean] = targets[0];
    if (mean <= 1 || limit <= 1) {
      throw Error(str("objective mul_log takes logarithms of ", metric,
                      ", which must be above 1: mean ", mean, ", limit ", limit,
                      "; use add_linear or constrained"));
    }
    const double ratio = std::log(mean) / std::log(limit);
    const double factor = alpha_ * std::pow(ratio, beta_);
    return {factor * ce, factor, {factor * ce * beta_ / (std::log(mean) * mean)}};
  }

 private:
  std::string metric_ = "latency_ms";
  double alpha_ = 0.2, beta_ = 0.3;
};

/// CE + lambda (E - ref) / ref. Source: proxylessnas, search/nas_manager.py (add#linear).
class AddLinear : public GradientObjective {
 public:
  explicit AddLinear(const ConfigNode& cfg) {
    cfg.read("metric", metric_, {.doc = kMetricDoc});
    cfg.read("lambda", lambda_, {.min = 0, .max = 1e3, .doc = "weight of (mean - limit) / limit"});
    cfg.finish();
  }
  std::string metric() const override { return metric_; }
  ObjectiveTerms terms(double ce, std::span<const TargetState> targets) const override {
    const auto& [metric, limit, mean] = targets[0];
    return {ce + lambda_ * (mean - limit) / limit, 1, {lambda_ / limit}};
  }

 private:
  std::string metric_ = "latency_ms";
  double lambda_ = 0.1;
};

/// Augmented Lagrangian: CE + sum of lambda h + rho h^2 / 2 with h = E / (aim limit) - 1, and
/// lambda <- lambda + step h. lambda falls below 0 where networks are cheaper than they may be, so
/// that the mean comes to the aim from both sides.
/// Source: Bertsekas, "Constrained Optimization and Lagrange Multiplier Methods" (1982), chapter 2.
class Constrained : public GradientObjective {
 public:
  explicit Constrained(const ConfigNode& cfg) {
    cfg.read("aim", aim_,
             {.min = 0.1, .max = 1, .doc = "share of each limit that the mean is driven to"});
    cfg.read("step", step_, {.min = 0, .max = 1e3, .doc = "of the multipliers, a step"});
    cfg.read("penalty", penalty_,
             {.min = 0, .max = 1e4, .doc = "weight of the squared relative distance"});
    cfg.finish();
  }
  bool every_limit() const override { return true; }

  ObjectiveTerms terms(double ce, std::span<const TargetState> targets) const override {
    ObjectiveTerms out{ce, 1, {}};
    for (size_t t = 0; t < targets.size(); ++t) {
      const double h = distance(targets[t]), multiplier = t < state_.size() ? state_[t] : 0;
      out.loss += multiplier * h + penalty_ * h * h / 2;
      out.by_mean.push_back((multiplier + penalty_ * h) / (aim_ * targets[t].limit));
    }
    return out;
  }

  void stepped(std::span<const TargetState> targets) override {
    state_.resize(targets.size(), 0.0);
    // As a checkpoint keeps it.
    for (size_t t = 0; t < targets.size(); ++t) {
      state_[t] = static_cast<float>(state_[t] + step_ * distance(targets[t]));
    }
  }
  std::vector<double> state() const override { return state_; }
  void set_state(std::span<const double> state) override {
    state_.assign(state.begin(), state.end());
  }

 private:
  double distance(const TargetState& t) const { return t.mean / (aim_ * t.limit) - 1; }

  double aim_ = 0.98, step_ = 0.05, penalty_ = 2;
  std::vector<double> state_;
};

}  // namespace

void GradientObjective::stepped(std::span<const TargetState>) {}

void GradientObjective::set_state(std::span<const double> state) {
  TAILOR_CHECK(state.empty(), "an objective without multipliers");
}

ObjectiveRegistry::Factory make_add_linear, make_constrained, make_mul_log, make_no_target;

std::unique_ptr<GradientObjective> make_add_linear(const ConfigNode& cfg) {
  return std::make_unique<AddLinear>(cfg);
}
std::unique_ptr<GradientObjective> make_constrained(const ConfigNode& cfg) {
  return std::make_unique<Constrained>(cfg);
}
std::unique_ptr<GradientObjective> make_mul_log(const ConfigNode& cfg) {
  return std::make_unique<MulLog>(cfg);
}
std::unique_ptr<GradientObjective> make_no_target(const ConfigNode& cfg) {
  cfg.finish();
  return std::make_unique<NoTarget>();
}

}  // namespace tailor::train
