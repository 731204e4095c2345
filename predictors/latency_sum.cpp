// Multiplying a correction out.
#include "predictors/latency_sum.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <set>
#include <span>

#include "core/error.h"

namespace tailor::predict {
namespace {

/// What a correction multiplies out to:
///   (1 + what the residual model gives the choices of the whole network)
///     * (c[0] + c[1] table_ms + c[2] blocks + c[3] nodes) + c[1] * (shares weighed) ms
struct Product {
  std::array<double, 4> c = {0, 1, 0, 0};
  double factor = 1;         ///< without the open axes
  std::vector<size_t> open;  ///< axes of the whole network with several weights, rising
  std::vector<std::vector<double>> weights;  ///< [open axis][choice]
  bool shares = false;

  /// codes: of the open axes, in order.
  double factor_at(std::span<const size_t> codes) const {
    double out = factor;
    for (size_t i = 0; i < open.size(); ++i) out += weights[i][codes[i] - 1];
    return out;
  }
};

/// nullopt: shares of the sum weigh what is no part of it.
std::optional<Product> multiply_out(const SearchSpace& space, const LatencyCorrection& correction,
                                    const std::vector<size_t>& whole_axes,
                                    const Restriction* only) {
  Product out;
  if (correction.networks.empty()) return out;
  const NamedRidge& model = correction.residual_model;
  out.c = correction.coefficients;
  out.factor = 1 + model.bias;
  out.shares = model.weights.contains("shares");
  if (out.shares && (out.c[0] != 0 || out.c[2] != 0 || out.c[3] != 0)) return std::nullopt;
  for (const size_t a : whole_axes) {
    const Axis& axis = space.axes()[a];
    std::vector<double> weights;
    std::set<double> different;
    for (size_t c = 0; c < axis.names.size(); ++c) {
      weights.push_back(named_value(model.weights, "choices", axis.group + "=" + axis.names[c]));
      if (!only || only->allowed[a][c]) different.insert(weights.back());
    }
    if (different.size() > 1) {
      out.open.push_back(a);
      out.weights.push_back(std::move(weights));
    } else if (!different.empty()) {
      out.factor += *different.begin();
    }
  }
  return out;
}

/// A table over the axes of `place` (none: of nothing) and the product's open ones.
/// entry(choice at the place, factor) of each entry that an arch leads to.
template <class Entry>
Factor table_over(const SearchSpace& space, const BlockPlace& place, const Product& product,
                  const Entry& entry) {
  Factor out;
  std::set_union(place.axes.begin(), place.axes.end(), product.open.begin(), product.open.end(),
                 std::back_inserter(out.axes));
  std::vector<size_t> sizes;
  for (const size_t axis : out.axes) sizes.push_back(space.axes()[axis].values.size() + 1);
  std::vector<size_t> codes(out.axes.size(), 0), open(product.open.size());
  for (size_t left = FactorSum::entries(space, out.axes); left > 0; --left) {
    size_t at_place = 0, own = 0, k = 0;
    bool reached = true;
    for (size_t i = 0; i < codes.size(); ++i) {
      if (own < place.axes.size() && place.axes[own] == out.axes[i]) {
        at_place = at_place * sizes[i] + codes[i];
        ++own;
      }
      if (k < open.size() && product.open[k] == out.axes[i]) {
        open[k++] = codes[i];
        reached = reached && codes[i] > 0;
      }
    }
    const auto& choice = place.choices[at_place];
    out.values.push_back(reached && choice ? entry(*choice, product.factor_at(open))
                                           : std::nan(""));
    for (size_t i = codes.size(); i-- > 0 && ++codes[i] == sizes[i];) codes[i] = 0;
  }
  return out;
}

/// The least that a sum can be, at most. open: axes that every factor has; the least for each of
/// their combinations, and of these the least.
double lower_bound(const SearchSpace& space, const FactorSum& sum,
                   const std::vector<size_t>& open) {
  std::vector<double> totals(FactorSum::entries(space, open), sum.constant());
  for (const Factor& factor : sum.factors()) {
    std::vector<double> least(totals.size(), INFINITY);
    for (size_t i = 0; i < factor.values.size(); ++i) {
      if (std::isnan(factor.values[i])) continue;
      size_t left = i, at = 0, stride = 1, k = open.size();
      for (size_t a = factor.axes.size(); a-- > 0;) {
        const size_t size = space.axes()[factor.axes[a]].values.size() + 1;
        if (k > 0 && open[k - 1] == factor.axes[a]) {
          at += left % size * stride;
          stride *= size;
          --k;
        }
        left /= size;
      }
      least[at] = std::min(least[at], factor.values[i]);
    }
    for (size_t t = 0; t < totals.size(); ++t) totals[t] += least[t];
  }
  return *std::min_element(totals.begin(), totals.end());
}

}  // namespace

std::optional<FactorSum> latency_sum(const SearchSpace& space, const Workload& workload,
                                     double network_ms, const LatencyTables::BlockTime& time,
                                     const LatencyCorrection& correction,
                                     const std::vector<size_t>& whole_axes,
                                     const std::function<std::string(const Block&)>& place_of,
                                     const Restriction* only) {
  const std::optional<Product> product = multiply_out(space, correction, whole_axes, only);
  if (!product) return std::nullopt;
  const std::vector<BlockPlace> places = block_places(space, workload, only);
  const std::array<double, 4>& c = product->c;
  // sign * value + ratio * table_ms
  const auto combined = [&](double sign, double ratio) {
    std::vector<Factor> factors;
    for (const BlockPlace& place : places) {
      factors.push_back(table_over(
          space, place, *product, [&](const BlockChoice& choice, double factor) -> double {
            if (!choice.block) return 0;
            const Block& block = *choice.block;
            const double ms = time(choice.block).ms;
            double own =
                factor * (c[1] * ms + c[2] + c[3] * static_cast<double>(block.nodes.size()));
            if (product->shares) {
              own += c[1] * ms *
                     named_value(correction.residual_model.weights, "shares", place_of(block));
            }
            return sign * own + ratio * ms;
          }));
    }
    const auto network = [&](double factor) {
      return sign * factor * (c[0] + c[1] * network_ms) + ratio * network_ms;
    };
    if (product->open.empty())
      return FactorSum(space, network(product->factor), std::move(factors));
    BlockPlace nothing;
    nothing.choices.resize(1, BlockChoice{});
    factors.push_back(table_over(space, nothing, *product, [&](const BlockChoice&, double factor) {
      return network(factor);
    }));
    return FactorSum(space, 0, std::move(factors));
  };
  if (!correction.networks.empty()) {
    const bool kept = lower_bound(space, combined(1, -correction.min_ratio), product->open) >= 0 &&
                      lower_bound(space, combined(-1, correction.max_ratio), product->open) >= 0;
    if (!kept) return std::nullopt;
  }
  return combined(1, 0);
}

}  // namespace tailor::predict
