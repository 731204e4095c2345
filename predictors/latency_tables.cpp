// Weights by name become weights by index.
#include "predictors/latency_tables.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"

namespace tailor::predict {

LatencyTables::LatencyTables(const SearchSpace& space, const Workload& workload, double network_ms,
                             const BlockTime& time, const LatencyCorrection& correction,
                             const std::vector<size_t>& whole_axes,
                             const std::function<std::string(const Block&)>& place_of)
    : sum_(space, 0, {}), whole_axes_(whole_axes), correction_(correction) {
  const std::vector<BlockPlace> places = block_places(space, workload);
  for (const BlockPlace& place : places) {
    entries_.emplace_back(place.choices.size());
    double weight = 0;
    for (const auto& choice : place.choices) {
      if (!choice || !choice->block) continue;
      weight = named_value(correction_.residual_model.weights, "shares", place_of(*choice->block));
    }
    place_weights_.push_back(weight);
  }
  sum_ = sum_over_places(space, places, network_ms, [&](size_t p, const BlockChoice& choice) {
    Entry& entry = entries_[p][choice.entry];
    entry = {std::nan(""), 1, static_cast<float>(choice.block->nodes.size()), {}};
    try {
      const hw::ProfileDb::Answer answer = time(choice.block);
      entry.ms = answer.ms;
      entry.rung = answer.rung;
    } catch (const Error&) {
      // Only archs that hold the block have no time; whoever asks for one learns why.
    }
    return entry.ms;
  });
  for (const size_t axis : whole_axes_) {
    const Axis& own = space.axes()[axis];
    std::vector<double>& weights = choice_weights_.emplace_back();
    for (const std::string& name : own.names) {
      weights.push_back(
          named_value(correction_.residual_model.weights, "choices", own.group + "=" + name));
    }
  }
}

LatencyTables::Answer LatencyTables::operator()(const Arch& arch) const {
  Answer out;
  double table_ms = sum_.constant(), blocks = 0, nodes = 0, weighed_ms = 0;
  if (sum_.constant() > 0) out.worst = hw::Rung::analytic;
  for (size_t p = 0; p < entries_.size(); ++p) {
    const Entry& entry = entries_[p][sum_.entry(p, arch)];
    table_ms += entry.ms;
    blocks += static_cast<double>(entry.blocks);
    nodes += static_cast<double>(entry.nodes);
    weighed_ms += place_weights_[p] * entry.ms;
    out.worst = std::max(out.worst, entry.rung);
  }
  out.ms = correction_.networks.empty() ? table_ms
                                        : corrected(arch, table_ms, blocks, nodes, weighed_ms);
  return out;
}

double LatencyTables::corrected(const Arch& arch, double table_ms, double blocks, double nodes,
                                double weighed_ms) const {
  const auto& c = correction_.coefficients;
  double residual = correction_.residual_model.bias + weighed_ms / table_ms;
  for (size_t i = 0; i < whole_axes_.size(); ++i) {
    residual += choice_weights_[i][static_cast<size_t>(arch[whole_axes_[i]])];
  }
  const double linear = c[0] + c[1] * table_ms + c[2] * blocks + c[3] * nodes;
  return std::clamp(linear * (1 + residual), correction_.min_ratio * table_ms,
                    correction_.max_ratio * table_ms);
}

}  // namespace tailor::predict
