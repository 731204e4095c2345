// Robust figures of a list of times.
#include "hardware_profiles/statistics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "core/error.h"

namespace tailor::hw {
namespace {

std::vector<double> sorted(std::span<const double> values) {
  TAILOR_CHECK(!values.empty(), "statistics of no values");
  std::vector<double> out(values.begin(), values.end());
  std::sort(out.begin(), out.end());
  return out;
}

double middle(const std::vector<double>& ordered) {
  const size_t half = ordered.size() / 2;
  return ordered.size() % 2 ? ordered[half] : 0.5 * (ordered[half - 1] + ordered[half]);
}

double mean(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

/// True when the values sit on few steps that are far apart.
bool clock_is_coarse(const std::vector<double>& ordered) {
  double step = std::numeric_limits<double>::infinity();
  size_t distinct = 1;
  for (size_t i = 1; i < ordered.size(); ++i) {
    if (ordered[i] == ordered[i - 1]) continue;
    step = std::min(step, ordered[i] - ordered[i - 1]);
    ++distinct;
  }
  return distinct > 1 && distinct * 4 <= ordered.size() && step > 0.05 * mean(ordered);
}

}  // namespace

double median(std::span<const double> values) { return middle(sorted(values)); }

double median_spread(std::span<const double> values) {
  const std::vector<double> ordered = sorted(values);
  if (ordered.size() == 1) return 1;
  const auto n = static_cast<double>(ordered.size());
  const double reach = 0.98 * std::sqrt(n);
  const double low = std::max(1.0, std::floor(0.5 * n - reach));
  const double high = std::min(n, std::ceil(0.5 * n + 1 + reach));
  const double width =
      ordered[static_cast<size_t>(high) - 1] - ordered[static_cast<size_t>(low) - 1];
  const double centre = middle(ordered);
  return centre > 0 ? 0.5 * width / centre : 1;
}

double chunk_value(std::span<const double> runs) {
  const std::vector<double> ordered = sorted(runs);
  if (clock_is_coarse(ordered)) return mean(ordered);
  const size_t cut = ordered.size() / 4;
  return mean(std::span(ordered).subspan(cut, ordered.size() - 2 * cut));
}

bool is_bimodal(std::span<const double> values) {
  constexpr size_t kLeast = 8;
  constexpr double kApart = 0.03, kDeviations = 4;
  const size_t n = values.size();
  if (n < kLeast) return false;
  const std::vector<double> ordered = sorted(values);
  std::vector<double> sums(n + 1), squares(n + 1);
  for (size_t i = 0; i < n; ++i) {
    const double centred = ordered[i] - ordered[n / 2];  // so that squares keep their digits
    sums[i + 1] = sums[i] + centred;
    squares[i + 1] = squares[i] + centred * centred;
  }
  const auto deviation2 = [&](size_t begin, size_t end) {
    const auto count = static_cast<double>(end - begin);
    const double sum = sums[end] - sums[begin];
    return squares[end] - squares[begin] - sum * sum / count;
  };
  const size_t least = std::max<size_t>(2, (n + 4) / 5);
  size_t split = least;
  for (size_t k = least; k + least <= n; ++k) {
    if (deviation2(0, k) + deviation2(k, n) < deviation2(0, split) + deviation2(split, n))
      split = k;
  }
  const double low = sums[split] / static_cast<double>(split);
  const double high = (sums[n] - sums[split]) / static_cast<double>(n - split);
  const double within = (deviation2(0, split) + deviation2(split, n)) / static_cast<double>(n);
  return high - low > kApart * ordered[n / 2] &&
         high - low > kDeviations * std::sqrt(std::max(0.0, within));
}

}  // namespace tailor::hw
