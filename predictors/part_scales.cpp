// Variances of feature parts by their evidence.
#include "predictors/part_scales.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>

#include "core/error.h"

namespace tailor::predict {
namespace {

using Matrix = Eigen::MatrixXd;
using Vector = Eigen::VectorXd;
using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

constexpr Eigen::Index kMaxRows = 200;
constexpr double kStart = -1.5;  // of every logarithm
constexpr double kHigh = 5;      // values are standardised: beyond is all
constexpr double kFirstStep = 1.5, kLastStep = 0.2;
constexpr double kPull = 0.02;       // towards 1, where the data say nothing
constexpr double kMeanVariance = 1;  // of the free mean

struct Problem {
  std::vector<Matrix> kernels;  // one a part, mean diagonal 1
  std::vector<double> units;    // what each was divided by
  Vector y;                     // standardised
  Vector row_noise;             // factors of the noise
  double low = 0, least_noise = 0;

  double noise_of(const Vector& logs) const {
    return std::exp(logs[logs.size() - 1]) + least_noise;
  }
};

/// Minus the logarithm of the evidence, without its constants.
double cost(const Problem& p, const Vector& logs) {
  const Eigen::Index rows = p.y.size();
  Matrix k = Matrix::Constant(rows, rows, kMeanVariance);
  k.diagonal() += p.noise_of(logs) * p.row_noise;
  for (size_t i = 0; i < p.kernels.size(); ++i) {
    k += std::exp(logs[static_cast<Eigen::Index>(i)]) * p.kernels[i];
  }
  const Eigen::LLT<Matrix> root(k);
  const double determinant = root.matrixLLT().diagonal().array().log().sum();
  return 0.5 * root.matrixL().solve(p.y).squaredNorm() + determinant + kPull * logs.squaredNorm();
}

Vector search(const Problem& p) {
  Vector best = Vector::Constant(static_cast<Eigen::Index>(p.kernels.size()) + 1, kStart);
  double least = cost(p, best);
  double step = kFirstStep;
  while (step > kLastStep) {
    bool improved = false;
    for (Eigen::Index i = 0; i < best.size(); ++i) {
      for (const double move : {step, -step}) {
        Vector logs = best;
        logs[i] = std::clamp(logs[i] + move, p.low, kHigh);
        const double now = cost(p, logs);
        if (now >= least - 1e-9) continue;
        least = now;
        best = logs;
        improved = true;
      }
    }
    if (!improved) step /= 2;
  }
  return best;
}

Problem make_problem(const Matrix& features, Vector y,
                     std::span<const std::pair<size_t, size_t>> parts) {
  Problem out;
  for (const auto& [begin, end] : parts) {
    Matrix part = features.middleCols(static_cast<Eigen::Index>(begin),
                                      static_cast<Eigen::Index>(end - begin));
    part.rowwise() -= part.colwise().mean().eval();
    const Matrix kernel = part * part.transpose();
    const double unit = kernel.trace() / static_cast<double>(y.size());
    out.units.push_back(unit);
    out.kernels.push_back(unit > 0 ? Matrix(kernel / unit) : kernel);
  }
  out.y = std::move(y);
  return out;
}

/// Rows spread evenly over all of them.
std::vector<Eigen::Index> chosen_rows(Eigen::Index rows) {
  const Eigen::Index count = std::min(rows, kMaxRows);
  std::vector<Eigen::Index> out;
  for (Eigen::Index i = 0; i < count; ++i) out.push_back(i * rows / count);
  return out;
}

}  // namespace

PartScales part_scales(const std::vector<double>& x, std::span<const double> y,
                       std::span<const std::pair<size_t, size_t>> parts,
                       const PartScaleOptions& options) {
  if (y.size() < 2) throw Error(str("choosing scales takes at least 2 rows, got ", y.size()));
  TAILOR_CHECK(x.size() % y.size() == 0, x.size(), " numbers, ", y.size(), " rows");
  const auto rows = static_cast<Eigen::Index>(y.size());
  const Eigen::Index columns = static_cast<Eigen::Index>(x.size()) / rows;
  const Eigen::Map<const RowMajor> all(x.data(), rows, columns);
  const std::vector<Eigen::Index> chosen = chosen_rows(rows);
  Matrix features(static_cast<Eigen::Index>(chosen.size()), columns);
  Vector target(features.rows()), row_noise = Vector::Ones(features.rows());
  for (Eigen::Index i = 0; i < features.rows(); ++i) {
    const Eigen::Index row = chosen[static_cast<size_t>(i)];
    features.row(i) = all.row(row);
    target[i] = y[static_cast<size_t>(row)];
    if (!options.row_noise.empty()) row_noise[i] = options.row_noise[static_cast<size_t>(row)];
  }
  PartScales out{std::vector<double>(static_cast<size_t>(columns), 1), 1};
  target.array() -= target.mean();
  const double deviation = std::sqrt(target.squaredNorm() / static_cast<double>(target.size()));
  if (!(deviation > 0)) return out;
  Problem problem = make_problem(features, target / deviation, parts);
  problem.row_noise = std::move(row_noise);
  problem.low = options.low;
  problem.least_noise = options.least_noise;
  const Vector logs = search(problem);
  out.lambda = problem.noise_of(logs);
  for (size_t p = 0; p < parts.size(); ++p) {
    const double unit = problem.units[p];
    const double variance = std::exp(logs[static_cast<Eigen::Index>(p)]);
    std::fill(out.scales.begin() + static_cast<std::ptrdiff_t>(parts[p].first),
              out.scales.begin() + static_cast<std::ptrdiff_t>(parts[p].second),
              unit > 0 ? std::sqrt(variance / unit) : 0);
  }
  return out;
}

}  // namespace tailor::predict
