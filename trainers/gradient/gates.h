// Gates of a slot: which of its options run in a step, how they are mixed, and how gradients by
// gates become gradients by architecture parameters.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "core/config_node.h"
#include "core/registry.h"
#include "core/rng.h"

namespace tailor::train {

/// exp(x_i) / sum exp(x_j). Throws Error when a value is not a number or all are -infinity.
std::vector<double> softmax(std::span<const double> x);
/// An index drawn with these probabilities.
size_t draw_index(std::span<const double> probabilities, Rng& rng);

/// What one slot does in one step.
struct GateDraw {
  std::vector<size_t> options;        ///< those that take part
  std::vector<double> gates;          ///< of each: its weight in the mixture
  std::vector<double> probabilities;  ///< of each, adding up to 1: the softmax behind the gates
};

/// alpha: the slot's architecture parameters.
class Gates {
 public:
  virtual ~Gates() = default;
  virtual GateDraw draw(std::span<const double> alpha, Rng& rng) const = 0;
  /// d loss / d alpha of every option from d loss / d gate of the draw's. Softmax behind the gates:
  /// dL/dalpha_i = sum_j dL/dg_j p_j (delta_ij - p_i), 0 for options that took no part.
  /// Source: ProxylessNAS (Cai et al., ICLR 2019), equation 4.
  virtual std::vector<double> alpha_gradient(const GateDraw& draw, size_t options,
                                             std::span<const double> gate_gradient) const;
  /// What remains to be done when the optimiser has moved `before` to `alpha`.
  virtual void settle(const GateDraw& draw, std::span<const double> before,
                      std::span<double> alpha) const;
  /// Paths whose gate is 0 are computed again for their gradient instead of being kept.
  virtual bool recomputes() const { return false; }
};

using GatesRegistry = Registry<Gates>;
/// trainers/gradient/builtin.cpp.
GatesRegistry builtin_gates();

}  // namespace tailor::train
