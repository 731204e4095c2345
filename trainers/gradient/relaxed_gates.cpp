// Relaxations: every path runs, weighted.
// Sources: DARTS (Liu et al., ICLR 2019), equation 2; Gumbel-softmax (Jang et al., ICLR 2017),
// equation 2, in a search by FBNet (Wu et al., CVPR 2019) and SNAS (Xie et al., ICLR 2019).
#include <cmath>
#include <numeric>

#include "trainers/gradient/gates.h"

namespace tailor::train {
namespace {

/// gates = softmax((alpha + noise) / temperature).
class RelaxedGates : public Gates {
 public:
  RelaxedGates(double temperature, bool noise) : temperature_(temperature), noise_(noise) {}

  GateDraw draw(std::span<const double> alpha, Rng& rng) const override {
    std::vector<double> x(alpha.begin(), alpha.end());
    for (double& v : x) {
      if (noise_) v -= std::log(-std::log(1 - rng.uniform()) + 1e-300);
      v /= temperature_;
    }
    GateDraw out{{}, softmax(x), {}};
    out.probabilities = out.gates;
    out.options.resize(alpha.size());
    std::iota(out.options.begin(), out.options.end(), size_t{0});
    return out;
  }

  std::vector<double> alpha_gradient(const GateDraw& draw, size_t options,
                                     std::span<const double> gate_gradient) const override {
    std::vector<double> out = Gates::alpha_gradient(draw, options, gate_gradient);
    for (double& each : out) each /= temperature_;
    return out;
  }

 private:
  double temperature_;
  bool noise_;
};

}  // namespace

GatesRegistry::Factory make_darts_gates, make_gumbel_gates;

std::unique_ptr<Gates> make_darts_gates(const ConfigNode& cfg) {
  cfg.finish();
  return std::make_unique<RelaxedGates>(1, false);
}

std::unique_ptr<Gates> make_gumbel_gates(const ConfigNode& cfg) {
  double temperature = 1;
  cfg.read("temperature", temperature,
           {.min = 0.01, .max = 100, .doc = "low: nearly one path; high: nearly all alike"});
  cfg.finish();
  return std::make_unique<RelaxedGates>(temperature, true);
}

}  // namespace tailor::train
