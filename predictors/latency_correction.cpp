// Fitting the correction of table sums.
#include "predictors/latency_correction.h"

#include <Eigen/Dense>
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
constexpr double kMargin = 1.25;  // beyond the ratios that the fit has seen

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

}  // namespace

double LatencyCorrection::operator()(const LatencyFeatures& features) const {
  double sum = 0;
  for (size_t i = 0; i < coefficients.size(); ++i) sum += coefficients[i] * features.values()[i];
  return std::clamp(sum, min_ratio * features.table_ms, max_ratio * features.table_ms);
}

LatencyCorrection fit_latency_correction(std::span<const MeasuredNetwork> networks) {
  if (networks.empty()) throw Error("a latency correction takes at least one measured network");
  LatencyCorrection out;
  double low = std::numeric_limits<double>::infinity(), high = 0;
  for (const MeasuredNetwork& network : networks) {
    check(network);
    const double ratio = network.measured_ms / network.features.table_ms;
    low = std::min(low, ratio);
    high = std::max(high, ratio);
  }
  out.min_ratio = low / kMargin;
  out.max_ratio = high * kMargin;
  out.networks.assign(networks.begin(), networks.end());
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

}  // namespace tailor::predict
