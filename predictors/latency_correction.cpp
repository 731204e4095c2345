// Fitting the correction of table sums.
#include "predictors/latency_correction.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <limits>

#include "core/error.h"

namespace tailor::predict {
namespace {

using Matrix = Eigen::MatrixXd;
using Vector = Eigen::VectorXd;

/// Weight of the pull towards the plain table sum, in rows: a hundredth of one measured network.
constexpr double kPull = 0.01;
constexpr size_t kRowsPerCoefficient = 4;
constexpr size_t kLeastForParts = 8;
constexpr int kBackfittingRounds = 4;
constexpr double kLeastFactor = 0.2;  // a residual model must not turn a time around
constexpr double kOutlierDeviations = 3.5, kLeastOutlier = 0.05;
constexpr double kWorthIt = 0.97;  // of the error: what more parts must reach
constexpr double kMargin = 1.25;   // beyond the ratios that the fit has seen

struct Subset {
  const char* name;
  std::vector<size_t> columns;
};

const std::vector<Subset>& subsets() {
  static const std::vector<Subset> all = {{"table", {}},
                                          {"scale", {1}},
                                          {"constant + scale", {0, 1}},
                                          {"scale + blocks", {1, 2}},
                                          {"scale + nodes", {1, 3}},
                                          {"constant + scale + blocks", {0, 1, 2}},
                                          {"constant + scale + nodes", {0, 1, 3}},
                                          {"constant + scale + blocks + nodes", {0, 1, 2, 3}}};
  return all;
}

/// Rows divided by the measured time, columns by their mean, so that errors are relative and the
/// pull means the same for every column.
struct System {
  Matrix x;
  Vector y;
  Vector units;  // of the columns
};

System make_system(std::span<const MeasuredNetwork> networks, const Subset& subset) {
  const auto rows = static_cast<Eigen::Index>(networks.size());
  const auto columns = static_cast<Eigen::Index>(subset.columns.size());
  System out{Matrix(rows, columns), Vector(rows), Vector(columns)};
  for (Eigen::Index i = 0; i < rows; ++i) {
    const MeasuredNetwork& network = networks[static_cast<size_t>(i)];
    // What is left to explain: the whole less the plain sum.
    out.y[i] = 1 - network.features.table_ms / network.measured_ms;
    for (Eigen::Index c = 0; c < columns; ++c) {
      const size_t column = subset.columns[static_cast<size_t>(c)];
      out.x(i, c) = network.features.values()[column] / network.measured_ms;
    }
  }
  for (Eigen::Index c = 0; c < columns; ++c) {
    out.units[c] = std::max(out.x.col(c).cwiseAbs().mean(), 1e-300);
    out.x.col(c) /= out.units[c];
  }
  return out;
}

/// Solves with row `left_out` absent (none when negative).
Vector solve(const System& s, Eigen::Index left_out) {
  Matrix a = kPull * Matrix::Identity(s.x.cols(), s.x.cols());
  Vector b = Vector::Zero(s.x.cols());
  for (Eigen::Index i = 0; i < s.x.rows(); ++i) {
    if (i == left_out) continue;
    a += s.x.row(i).transpose() * s.x.row(i);
    b += s.x.row(i).transpose() * s.y[i];
  }
  return a.ldlt().solve(b);
}

double loo_error(const System& s) {
  double sum = 0;
  for (Eigen::Index i = 0; i < s.x.rows(); ++i) {
    const double fitted = s.x.cols() > 0 ? s.x.row(i).dot(solve(s, i)) : 0.0;
    sum += (s.y[i] - fitted) * (s.y[i] - fitted);
  }
  return std::sqrt(sum / static_cast<double>(s.x.rows()));
}

void check(const MeasuredNetwork& network) {
  const auto usable = [](double ms) { return std::isfinite(ms) && ms > 0; };
  if (usable(network.measured_ms) && usable(network.features.table_ms)) return;
  throw Error(str("cannot correct latencies with '", network.arch, "': measured ",
                  network.measured_ms, " ms, table sum ", network.features.table_ms, " ms"));
}

/// The linear part: the best subset and its coefficients.
LatencyCorrection fit_linear(std::span<const MeasuredNetwork> networks) {
  LatencyCorrection out;
  double low = std::numeric_limits<double>::infinity(), high = 0;
  for (const MeasuredNetwork& network : networks) {
    const double ratio = network.measured_ms / network.features.table_ms;
    low = std::min(low, ratio);
    high = std::max(high, ratio);
  }
  out.min_ratio = low / kMargin;
  out.max_ratio = high * kMargin;
  out.residual = std::numeric_limits<double>::infinity();
  for (const Subset& subset : subsets()) {
    const size_t size = subset.columns.size();
    if (size > 1 && networks.size() < kRowsPerCoefficient * size) continue;
    const System system = make_system(networks, subset);
    const double error = loo_error(system);
    if (error >= out.residual) continue;
    out.residual = error;
    out.subset = subset.name;
    out.coefficients = {0, 1, 0, 0};
    if (subset.columns.empty()) continue;
    const Vector solution = solve(system, -1).cwiseQuotient(system.units);
    for (size_t c = 0; c < subset.columns.size(); ++c) {
      out.coefficients[subset.columns[c]] += solution[static_cast<Eigen::Index>(c)];
    }
  }
  return out;
}

/// The linear part, and a ridge over `parts` on what it leaves; each fitted again to what the other
/// leaves, a few times.
LatencyCorrection fit_with(std::span<const MeasuredNetwork> networks,
                           std::span<const std::string> parts) {
  LatencyCorrection out = fit_linear(networks);
  if (parts.empty()) return out;
  const double low = out.min_ratio, high = out.max_ratio;
  std::vector<NamedFeatures> rows;
  for (const MeasuredNetwork& network : networks) rows.push_back(network.features.named);
  for (int round = 0; round < kBackfittingRounds; ++round) {
    NamedRidge model = std::move(out.residual_model);
    if (round > 0) {
      std::vector<MeasuredNetwork> rest(networks.begin(), networks.end());
      for (MeasuredNetwork& network : rest) {
        network.measured_ms /= std::max(kLeastFactor, 1 + model(network.features.named));
      }
      out = fit_linear(rest);
      out.min_ratio = low;
      out.max_ratio = high;
    }
    std::vector<double> values;
    for (const MeasuredNetwork& network : networks) {
      values.push_back(network.measured_ms / out(network.features) - 1);
    }
    out.residual_model = fit_named_ridge(rows, values, parts);
  }
  out.subset += " + " + join(parts, " + ");
  return out;
}

/// Relative error of each network under a fit on the others.
std::vector<double> loo_errors(std::span<const MeasuredNetwork> networks,
                               std::span<const std::string> parts) {
  std::vector<double> out;
  for (size_t left_out = 0; left_out < networks.size(); ++left_out) {
    std::vector<MeasuredNetwork> others(networks.begin(), networks.end());
    others.erase(others.begin() + static_cast<std::ptrdiff_t>(left_out));
    const MeasuredNetwork& one = networks[left_out];
    out.push_back(fit_with(others, parts)(one.features) / one.measured_ms - 1);
  }
  return out;
}

double root_mean_square(std::span<const double> values) {
  double sum = 0;
  for (const double value : values) sum += value * value;
  return std::sqrt(sum / static_cast<double>(values.size()));
}

struct Choice {
  LatencyCorrection correction;
  std::vector<double> errors;  // leave-one-out
};

/// The parts that pay.
Choice choose_parts(std::span<const MeasuredNetwork> networks) {
  const std::vector<std::vector<std::string>> choices = {
      {}, {"choices"}, {"shares"}, {"choices", "shares"}};
  Choice best;
  double least = std::numeric_limits<double>::infinity();
  for (const auto& parts : choices) {
    std::vector<double> errors = loo_errors(networks, parts);
    const double error = root_mean_square(errors);
    if (error >= least * kWorthIt) continue;
    least = error;
    best = {fit_with(networks, parts), std::move(errors)};
  }
  best.correction.residual = least;
  return best;
}

/// The networks without the few, a tenth at most, that follow no rule of the others: the smallest
/// one that fits a cache whole, or one during whose measuring the machine was another.
std::vector<MeasuredNetwork> without_outliers(std::span<const MeasuredNetwork> networks,
                                              std::span<const double> errors) {
  std::vector<double> sizes;
  for (const double error : errors) sizes.push_back(std::abs(error));
  std::vector<double> sorted = sizes;
  std::sort(sorted.begin(), sorted.end());
  const size_t most = sizes.size() / 10;
  const double usual = 1.4826 * sorted[sorted.size() / 2];  // a normal deviation, by the median
  const double limit =
      std::max({kOutlierDeviations * usual, kLeastOutlier, sorted[sorted.size() - 1 - most]});
  std::vector<MeasuredNetwork> out;
  for (size_t i = 0; i < networks.size(); ++i) {
    if (sizes[i] <= limit) out.push_back(networks[i]);
  }
  return out;
}

}  // namespace

double LatencyCorrection::operator()(const LatencyFeatures& features) const {
  double sum = 0;
  for (size_t i = 0; i < coefficients.size(); ++i) sum += coefficients[i] * features.values()[i];
  sum *= 1 + residual_model(features.named);
  return std::clamp(sum, min_ratio * features.table_ms, max_ratio * features.table_ms);
}

LatencyCorrection fit_latency_correction(std::span<const MeasuredNetwork> networks) {
  if (networks.empty()) throw Error("a latency correction takes at least one measured network");
  for (const MeasuredNetwork& network : networks) check(network);
  LatencyCorrection best = fit_linear(networks);
  if (networks.size() >= kLeastForParts) {
    Choice choice = choose_parts(networks);
    const std::vector<MeasuredNetwork> usual = without_outliers(networks, choice.errors);
    if (usual.size() < networks.size()) choice = choose_parts(usual);
    best = std::move(choice.correction);
  }
  best.networks.assign(networks.begin(), networks.end());
  return best;
}

}  // namespace tailor::predict
