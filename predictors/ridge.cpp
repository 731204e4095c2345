// Ridge regression through the eigenvectors of the smaller of X X' and X' X.
#include "predictors/ridge.h"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <limits>

#include "core/error.h"

namespace tailor::predict {
namespace {

using Matrix = Eigen::MatrixXd;
using Vector = Eigen::VectorXd;
using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// Left singular vectors and squared singular values of X.
struct Spectrum {
  Matrix u;
  Vector e;
};

Spectrum spectrum(const Matrix& x) {
  if (x.rows() <= x.cols()) {
    const Eigen::SelfAdjointEigenSolver<Matrix> solver(x * x.transpose());
    return {solver.eigenvectors(), solver.eigenvalues().cwiseMax(0)};
  }
  const Eigen::SelfAdjointEigenSolver<Matrix> solver(x.transpose() * x);
  const Vector e = solver.eigenvalues().cwiseMax(0);
  const double tiny = 1e-12 * std::max(e.maxCoeff(), 1e-300);
  const Vector inverse =
      e.unaryExpr([tiny](double v) { return v > tiny ? 1 / std::sqrt(v) : 0.0; });
  return {x * solver.eigenvectors() * inverse.asDiagonal(), e};
}

/// Mean squared leave-one-out error; the mean of y is fitted too.
double loo_error(const Spectrum& s, const Vector& y, double lambda) {
  const Vector share = s.e.array() / (s.e.array() + lambda);
  const Vector fitted = s.u * share.asDiagonal() * (s.u.transpose() * y);
  const Vector hat = (s.u.cwiseAbs2() * share).array() + 1.0 / static_cast<double>(y.size());
  double sum = 0;
  for (Eigen::Index i = 0; i < y.size(); ++i) {
    const double residual = (y[i] - fitted[i]) / std::max(1e-6, 1 - hat[i]);
    sum += residual * residual;
  }
  return sum / static_cast<double>(y.size());
}

}  // namespace

double LinearModel::operator()(std::span<const double> x) const {
  double sum = bias;
  for (size_t i = 0; i < weights.size(); ++i) sum += weights[i] * x[i];
  return sum;
}

LinearModel fit_ridge(const std::vector<double>& x, std::span<const double> y,
                      std::span<const double> scales, std::span<const double> lambdas) {
  if (y.size() < 2) throw Error(str("a ridge takes at least 2 rows, got ", y.size()));
  TAILOR_CHECK(x.size() == y.size() * scales.size() && !lambdas.empty(), x.size(), " numbers, ",
               y.size(), " rows");
  const auto rows = static_cast<Eigen::Index>(y.size());
  const auto columns = static_cast<Eigen::Index>(scales.size());
  const Eigen::Map<const Vector> scale(scales.data(), columns);
  Matrix features = Eigen::Map<const RowMajor>(x.data(), rows, columns);
  const Vector centre = features.colwise().mean();
  features = (features.rowwise() - centre.transpose()) * scale.asDiagonal();
  const double mean = Eigen::Map<const Vector>(y.data(), rows).mean();
  const Vector target = Eigen::Map<const Vector>(y.data(), rows).array() - mean;

  const Spectrum s = spectrum(features);
  LinearModel out;
  double least = std::numeric_limits<double>::infinity();
  for (double lambda : lambdas) {
    const double error = loo_error(s, target, lambda);
    if (error >= least) continue;
    least = error;
    out.lambda = lambda;
  }
  out.loo_rmse = std::sqrt(least);
  const Vector inner = (s.u.transpose() * target).array() / (s.e.array() + out.lambda);
  const Vector weights = scale.asDiagonal() * (features.transpose() * (s.u * inner));
  out.weights.assign(weights.data(), weights.data() + columns);
  out.bias = mean - weights.dot(centre);
  return out;
}

}  // namespace tailor::predict
