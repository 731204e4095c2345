// Binary gates: one path is active, the others take part by their gradient alone.
// Source: ProxylessNAS (Cai et al., ICLR 2019), section 3.2; proxylessnas,
// search/modules/mix_op.py.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "trainers/gradient/gates.h"

namespace tailor::train {
namespace {

/// All options take part.
class FullGates : public Gates {
 public:
  explicit FullGates(bool recomputes) : recomputes_(recomputes) {}

  GateDraw draw(std::span<const double> alpha, Rng& rng) const override {
    GateDraw out{{}, std::vector<double>(alpha.size(), 0.0), softmax(alpha)};
    out.options.resize(alpha.size());
    std::iota(out.options.begin(), out.options.end(), size_t{0});
    out.gates[draw_index(out.probabilities, rng)] = 1;
    return out;
  }
  bool recomputes() const override { return recomputes_; }

 private:
  bool recomputes_;
};

/// Two options without replacement, then one of them by their probabilities among the two.
class TwoPathGates : public Gates {
 public:
  GateDraw draw(std::span<const double> alpha, Rng& rng) const override {
    std::vector<double> p = softmax(alpha);
    size_t first = draw_index(p, rng);
    p[first] = 0;
    const double rest = std::accumulate(p.begin(), p.end(), 0.0);
    if (rest <= 0) return {{first}, {1}, {1}};
    for (double& each : p) each /= rest;
    const size_t second = draw_index(p, rng);
    const double pair[] = {alpha[first], alpha[second]};
    GateDraw out{{first, second}, {0, 0}, softmax(pair)};
    out.gates[draw_index(out.probabilities, rng)] = 1;
    return out;
  }

  /// Moves both parameters by the same, so that the sum of their exponentials, and with it every
  /// other option's probability, is what it was.
  void settle(const GateDraw& draw, std::span<const double> before,
              std::span<double> alpha) const override {
    double most = -INFINITY;
    for (const size_t i : draw.options) most = std::max({most, alpha[i], before[i]});
    double now = 0, then = 0;
    for (const size_t i : draw.options) {
      now += std::exp(alpha[i] - most);
      then += std::exp(before[i] - most);
    }
    const double offset = std::log(now / then);
    for (const size_t i : draw.options) alpha[i] -= offset;
  }
};

}  // namespace

GatesRegistry::Factory make_full_gates, make_full_recompute_gates, make_two_path_gates;

std::unique_ptr<Gates> make_full_gates(const ConfigNode& cfg) {
  cfg.finish();
  return std::make_unique<FullGates>(false);
}

std::unique_ptr<Gates> make_full_recompute_gates(const ConfigNode& cfg) {
  cfg.finish();
  return std::make_unique<FullGates>(true);
}

std::unique_ptr<Gates> make_two_path_gates(const ConfigNode& cfg) {
  cfg.finish();
  return std::make_unique<TwoPathGates>();
}

}  // namespace tailor::train
