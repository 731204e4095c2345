// Interpolating between the entries of a table.
#include "hardware_profiles/interpolation.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace tailor::hw {
namespace {

constexpr int kSweeps = 500;  // of three coefficients: far past convergence
constexpr size_t kMostNeighbours = 4;
constexpr double kSame = 1e-9;  // squared distance of equal sizes

/// 1 for an exact entry, a half at a spread of 5 %, next to nothing for one that was disturbed.
double trust(double spread) {
  constexpr double kHalf = 0.05;
  return 1 / (1 + (spread / kHalf) * (spread / kHalf));
}

std::vector<double> logs(const std::vector<double>& values) {
  std::vector<double> out;
  for (double value : values) out.push_back(std::log(value));
  return out;
}

bool within_reach(const WorkModel::Counts& a, const WorkModel::Counts& b) {
  for (size_t c = 0; c < a.size(); ++c) {
    if (std::max(a[c], b[c]) > Interpolation::kReach * std::min(a[c], b[c])) return false;
  }
  return true;
}

double squared_distance(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return sum;
}

}  // namespace

WorkModel::Counts WorkModel::counts_of(const KeyShape& shape) {
  Counts out = {0, 0, static_cast<double>(shape.nodes.size())};
  for (const NodeWork& node : shape.nodes) {
    out[0] += node.bytes;
    out[1] += node.macs;
  }
  return out;
}

// Coordinate descent on sum_i w_i (sum_c x_ic a_c - 1)^2, x_ic = counts_ic / ms_i, with every a_c
// at least 0, which is convex.
WorkModel::WorkModel(std::span<const Counts> counts, std::span<const double> ms,
                     std::span<const double> weights) {
  std::vector<double> residuals(ms.size(), -1);
  for (int sweep = 0; sweep < kSweeps; ++sweep) {
    for (size_t c = 0; c < coefficients_.size(); ++c) {
      double square = 0, slope = 0;
      for (size_t i = 0; i < ms.size(); ++i) {
        const double x = counts[i][c] / ms[i];
        square += weights[i] * x * x;
        slope += weights[i] * x * residuals[i];
      }
      if (square <= 0) continue;
      const double moved = std::max(0.0, coefficients_[c] - slope / square);
      for (size_t i = 0; i < ms.size(); ++i) {
        residuals[i] += (moved - coefficients_[c]) * counts[i][c] / ms[i];
      }
      coefficients_[c] = moved;
    }
  }
}

double WorkModel::operator()(const Counts& counts) const {
  double sum = 0;
  for (size_t c = 0; c < counts.size(); ++c) sum += coefficients_[c] * counts[c];
  return sum;
}

Interpolation::Interpolation(const LatencyTable& table) {
  std::vector<KeyShape> shapes;
  std::vector<WorkModel::Counts> counts;
  std::vector<double> ms, weights;
  for (const auto& [key, entry] : table.entries()) {
    std::optional<KeyShape> shape = key_shape(key);
    if (!shape) continue;
    counts.push_back(WorkModel::counts_of(*shape));
    ms.push_back(entry.median_ms);
    weights.push_back(trust(entry.spread));
    shapes.push_back(std::move(*shape));
  }
  model_ = WorkModel(counts, ms, weights);
  for (size_t i = 0; i < shapes.size(); ++i) {
    points_[shapes[i].skeleton].push_back(
        {logs(shapes[i].sizes), counts[i], std::log(ms[i] / model_(counts[i])), weights[i]});
  }
}

std::optional<Interpolation::Answer> Interpolation::find(const KeyShape& shape) const {
  const auto same = points_.find(shape.skeleton);
  if (same == points_.end()) return std::nullopt;
  const std::vector<double> sizes = logs(shape.sizes);
  const WorkModel::Counts counts = WorkModel::counts_of(shape);
  std::vector<std::pair<double, const Point*>> near;
  for (const Point& point : same->second) {
    if (!within_reach(counts, point.counts)) continue;
    near.emplace_back(squared_distance(sizes, point.log_sizes), &point);
  }
  if (near.empty()) return std::nullopt;
  const size_t count = std::min(kMostNeighbours, near.size());
  std::stable_sort(near.begin(), near.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  double weights = 0, sum = 0;
  for (size_t i = 0; i < count; ++i) {
    const double weight = near[i].second->weight / (near[i].first + kSame);
    weights += weight;
    sum += weight * near[i].second->log_ratio;
  }
  return Answer{model_(counts) * std::exp(sum / weights), count};
}

}  // namespace tailor::hw
