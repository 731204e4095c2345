// What all gates share.
#include "trainers/gradient/gates.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"

namespace tailor::train {

std::vector<double> softmax(std::span<const double> x) {
  if (std::any_of(x.begin(), x.end(), [](double v) { return std::isnan(v); })) {
    throw Error("an architecture parameter is not a number");
  }
  const double most = *std::max_element(x.begin(), x.end());
  if (!std::isfinite(most)) throw Error("no path is left: every probability is 0");
  std::vector<double> out;
  double sum = 0;
  for (const double v : x) {
    out.push_back(std::exp(v - most));
    sum += out.back();
  }
  for (double& p : out) p /= sum;
  return out;
}

size_t draw_index(std::span<const double> probabilities, Rng& rng) {
  double left = rng.uniform();
  size_t last = 0;
  for (size_t i = 0; i < probabilities.size(); ++i) {
    if (probabilities[i] <= 0) continue;
    last = i;
    left -= probabilities[i];
    if (left < 0) return i;
  }
  return last;  // rounding
}

std::vector<double> Gates::alpha_gradient(const GateDraw& draw, size_t options,
                                          std::span<const double> gate_gradient) const {
  double mean = 0;
  for (size_t k = 0; k < draw.options.size(); ++k) mean += draw.probabilities[k] * gate_gradient[k];
  std::vector<double> out(options, 0.0);
  for (size_t k = 0; k < draw.options.size(); ++k) {
    out[draw.options[k]] = draw.probabilities[k] * (gate_gradient[k] - mean);
  }
  return out;
}

void Gates::settle(const GateDraw&, std::span<const double>, std::span<double>) const {}

}  // namespace tailor::train
