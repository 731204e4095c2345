// Weighted ridge with evidence-chosen scales and Student t weights.
#include "predictors/part_regression.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "predictors/part_scales.h"

namespace tailor::predict {
namespace {

using Matrix = Eigen::MatrixXd;
using Vector = Eigen::VectorXd;
using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

constexpr double kLeastNoise = 1e-5;  // of the values' variance; latencies repeat to 0.3 %
constexpr double kLow = -10;          // logarithm of the least variance
constexpr double kMostNoise = 1e4;    // a row's noise variance against a typical row's
constexpr int kWeightSteps = 30;

double median(Vector v) {
  double* middle = v.data() + v.size() / 2;
  std::nth_element(v.data(), middle, v.data() + v.size());
  return *middle;
}

struct Fit {
  Vector centre, weights;  // of the scaled features
  double mean = 0;
  Vector errors;  // leave-one-out
  Matrix inverse;
};

/// Ridge of strength lambda with row weights; the bias is free.
Fit weighted_ridge(const Matrix& scaled, const Vector& y, const Vector& row_weights,
                   double lambda) {
  Fit out;
  const double total = row_weights.sum();
  out.centre = scaled.transpose() * row_weights / total;
  out.mean = row_weights.dot(y) / total;
  const Matrix x = scaled.rowwise() - out.centre.transpose();
  const Matrix weighted = row_weights.asDiagonal() * x;
  Matrix normal = Matrix::Zero(x.cols(), x.cols());
  normal.selfadjointView<Eigen::Lower>().rankUpdate(
      (row_weights.cwiseSqrt().asDiagonal() * x).transpose());
  normal.diagonal().array() += lambda;
  const Eigen::LLT<Matrix, Eigen::Lower> root(normal);
  const Vector target = y.array() - out.mean;
  out.weights = root.solve(weighted.transpose() * target);
  // hat_i = w_i (x_i' A^-1 x_i + 1 / sum of w), from |L^-1 x_i|^2
  const Matrix half = root.matrixL().solve(x.transpose());
  const Vector leverage = half.colwise().squaredNorm().transpose();
  const Vector hat = row_weights.array() * (leverage.array() + 1 / total);
  out.errors = (target - x * out.weights).array() / (1 - hat.array()).max(1e-6);
  return out;
}

/// Each row's noise variance against a typical row's.
Vector student_noise(const Vector& errors, double freedom) {
  const Vector squares = errors.cwiseAbs2();
  double scale = std::max(median(squares), 1e-300);
  Vector weight = Vector::Ones(errors.size());
  for (int i = 0; i < kWeightSteps; ++i) {
    weight = (freedom + 1) / (freedom + squares.array() / scale);
    scale = std::max(weight.dot(squares) / static_cast<double>(errors.size()), 1e-300);
  }
  const Vector noise = weight.cwiseInverse();
  return (noise / median(noise)).cwiseMin(kMostNoise);
}

/// spread[i] so that the posterior variance is prior - |spread x|^2: for few rows.
std::vector<double> posterior_spread(const Matrix& scaled, const Fit& fit, const Vector& row_noise,
                                     double lambda) {
  const Matrix x = scaled.rowwise() - fit.centre.transpose();
  Matrix kernel = x * x.transpose();
  kernel.diagonal() += lambda * row_noise;
  const Eigen::LLT<Matrix> root(kernel);
  RowMajor spread = root.matrixL().solve(x);
  return {spread.data(), spread.data() + spread.size()};
}

}  // namespace

double PartRegression::operator()(std::span<const double> x) const {
  double sum = bias;
  for (size_t i = 0; i < weights.size(); ++i) sum += weights[i] * x[i];
  return sum;
}

double PartRegression::deviation(std::span<const double> x) const {
  // For Laplace-like errors the standard deviation is 1.25 to 1.4 times the mean |error|.
  const double typical = 1.25 * loo_error;
  if (spread.empty()) return typical;
  const size_t width = weights.size();
  double variance = 0;
  std::vector<double> scaled(width);
  for (size_t i = 0; i < width; ++i) {
    scaled[i] = scales[i] * (x[i] - centre[i]);
    variance += scaled[i] * scaled[i];
  }
  for (size_t row = 0; row * width < spread.size(); ++row) {
    double part = 0;
    for (size_t i = 0; i < width; ++i) part += spread[row * width + i] * scaled[i];
    variance -= part * part;
  }
  return std::hypot(noise, std::sqrt(std::max(variance, 0.0)));
}

PartRegression fit_part_regression(const std::vector<double>& x, std::span<const double> y,
                                   const FeatureParts& parts,
                                   const PartRegressionOptions& options) {
  if (y.size() < 2) throw Error(str("a regression takes at least 2 rows, got ", y.size()));
  TAILOR_CHECK(x.size() % y.size() == 0, x.size(), " numbers, ", y.size(), " rows");
  const auto rows = static_cast<Eigen::Index>(y.size());
  const Eigen::Index columns = static_cast<Eigen::Index>(x.size()) / rows;
  const Eigen::Map<const RowMajor> features(x.data(), rows, columns);
  const Eigen::Map<const Vector> values(y.data(), rows);
  Vector noise = Vector::Ones(rows);
  Matrix scaled;
  Fit fit;
  PartScales found;
  for (int round = 0; round < options.rounds; ++round) {
    if (round > 0) noise = student_noise(fit.errors, options.freedom);
    found = part_scales(
        x, y, parts,
        {.row_noise = {noise.data(), y.size()}, .least_noise = kLeastNoise, .low = kLow});
    const Eigen::Map<const Vector> scales(found.scales.data(), columns);
    scaled = features * scales.asDiagonal();
    fit = weighted_ridge(scaled, values, noise.cwiseInverse(), found.lambda);
  }
  PartRegression out;
  out.weights.resize(static_cast<size_t>(columns));
  out.bias = fit.mean - fit.weights.dot(fit.centre);
  for (size_t i = 0; i < out.weights.size(); ++i) {
    out.weights[i] = found.scales[i] * fit.weights[static_cast<Eigen::Index>(i)];
  }
  out.loo_error = fit.errors.cwiseAbs().mean();
  // part_scales speaks of standardised values: lambda is the noise where 1 is all their variance.
  const double deviation = std::sqrt((values.array() - values.mean()).square().mean());
  out.noise = deviation * std::sqrt(found.lambda);
  out.scales = found.scales;
  for (double& scale : out.scales) scale *= deviation;
  if (y.size() > PartRegression::kMaxKept) return out;
  const Vector centre = fit.centre;
  out.centre.assign(out.weights.size(), 0);
  for (size_t i = 0; i < out.centre.size(); ++i) {
    if (found.scales[i] > 0) out.centre[i] = centre[static_cast<Eigen::Index>(i)] / found.scales[i];
  }
  out.spread = posterior_spread(scaled, fit, noise, found.lambda);
  return out;
}

Acquisition choose_rows(const std::vector<double>& pool, std::span<const double> scales,
                        double noise, std::span<const size_t> measured, size_t count) {
  const auto columns = static_cast<Eigen::Index>(scales.size());
  const Eigen::Index rows = static_cast<Eigen::Index>(pool.size()) / columns;
  Matrix x = Eigen::Map<const RowMajor>(pool.data(), rows, columns) *
             Eigen::Map<const Vector>(scales.data(), columns).asDiagonal();
  x.rowwise() -= x.colwise().mean().eval();
  // One more column, for the bias: as uncertain as all else together.
  const double whole = x.squaredNorm() / static_cast<double>(rows);
  Matrix covariance = Matrix::Constant(rows, rows, whole);
  covariance.noalias() += x * x.transpose();
  std::vector<bool> taken(static_cast<size_t>(rows), false);
  const auto mean_deviation = [&] {
    return std::sqrt(std::max(covariance.trace() / static_cast<double>(rows), 0.0));
  };
  const auto take = [&](Eigen::Index i) {
    const Vector column = covariance.col(i);
    covariance.noalias() -= column * (column / (column[i] + noise)).transpose();
    taken[static_cast<size_t>(i)] = true;
  };
  for (size_t row : measured) take(static_cast<Eigen::Index>(row));
  Acquisition out;
  out.deviation_before = mean_deviation();
  for (size_t n = 0; n < std::min(count, static_cast<size_t>(rows) - measured.size()); ++n) {
    Vector gain = covariance.cwiseAbs2().colwise().sum().transpose().array() /
                  (covariance.diagonal().array() + noise);
    for (Eigen::Index i = 0; i < rows; ++i) {
      if (taken[static_cast<size_t>(i)]) gain[i] = -1;
    }
    Eigen::Index best = 0;
    gain.maxCoeff(&best);
    take(best);
    out.rows.push_back(static_cast<size_t>(best));
    out.deviations.push_back(mean_deviation());
  }
  return out;
}

}  // namespace tailor::predict
