// Upper bound, expected improvement, and batches.
#include "search/acquisition.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/error.h"

namespace tailor::search {
namespace {

/// What seeing arch `at` leaves of the covariance of n archs.
void see(size_t at, size_t n, double noise, std::vector<double>& covariance) {
  const auto row = covariance.begin() + static_cast<ptrdiff_t>(at * n);
  const std::vector<double> with(row, row + static_cast<ptrdiff_t>(n));
  const double total = with[at] + noise;
  if (total <= 0) return;  // known already
  for (size_t i = 0; i < n; ++i) {
    for (size_t j = 0; j < n; ++j) covariance[i * n + j] -= with[i] * with[j] / total;
  }
}

}  // namespace

double Acquisition::operator()(const GaussianProcess::Prediction& predicted) const {
  const auto [mean, deviation] = predicted;
  if (kind == Kind::upper_bound) return mean + exploration * deviation;
  if (deviation <= 0) return std::max(0.0, mean - best);
  const double z = (mean - best) / deviation;
  const double density = std::exp(-z * z / 2) / std::sqrt(2 * std::numbers::pi);
  return (mean - best) * 0.5 * std::erfc(-z / std::numbers::sqrt2) + deviation * density;
}

std::vector<size_t> choose_batch(std::span<const GaussianProcess::Prediction> predicted,
                                 std::vector<double> covariance, double noise,
                                 const Acquisition& acquisition, size_t count) {
  const size_t n = predicted.size();
  TAILOR_CHECK(covariance.size() == n * n, "one covariance for each pair of predictions");
  std::vector<bool> taken(n, false);
  std::vector<size_t> out;
  while (out.size() < std::min(count, n)) {
    size_t best = n;
    double most = 0;
    for (size_t i = 0; i < n; ++i) {
      if (taken[i]) continue;
      const double deviation = std::sqrt(std::max(0.0, covariance[i * n + i]));
      const double here = acquisition({predicted[i].mean, deviation});
      if (best == n || here > most) best = i, most = here;
    }
    taken[best] = true;
    out.push_back(best);
    see(best, n, noise, covariance);
  }
  return out;
}

}  // namespace tailor::search
