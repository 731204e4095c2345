// Kernel parts as matrices, the evidence of their variances, and the posterior by a Cholesky
// factor. Values are scaled to mean 0 and deviation 1 inside.
#include "search/gaussian_process.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>

#include "core/error.h"

namespace tailor::search {
namespace {

using Matrix = Eigen::MatrixXd;
using Vector = Eigen::VectorXd;

constexpr size_t kParts = 4;
using Logs = std::array<double, kParts + 1>;  // of the parts' variances, then of the noise's
constexpr double kLeastLog = -9, kMostLog = 3;
/// Length of the smooth part over group means, which lie in [0, 1].
constexpr double kGroupLength = 0.4;
/// How quickly interactions decay: archs that differ in a third of their slots share 1 / e.
constexpr double kDecay = 3;

double position(const Axis& axis, int8_t choice) {
  const auto last = static_cast<double>(axis.values.size() - 1);
  return last > 0 ? static_cast<double>(choice) / last : 0;
}

/// One row an arch.
struct Rows {
  Matrix groups, slots, choices;
};

Rows rows_of(const SearchSpace& space, std::span<const Arch> archs) {
  const std::vector<Axis>& axes = space.axes();
  std::map<std::string, Eigen::Index> index;
  std::vector<double> sizes;
  for (const Axis& axis : axes) {
    const auto next = static_cast<Eigen::Index>(sizes.size());
    if (index.emplace(axis.group, next).second) sizes.push_back(0);
    ++sizes[static_cast<size_t>(index[axis.group])];
  }
  const auto n = static_cast<Eigen::Index>(archs.size());
  const auto width = static_cast<Eigen::Index>(space.encoding_size());
  Rows out{Matrix::Zero(n, 2 * static_cast<Eigen::Index>(sizes.size())),
           Matrix::Zero(n, static_cast<Eigen::Index>(axes.size())), Matrix(n, width)};
  std::vector<float> one_hot(space.encoding_size());
  for (Eigen::Index i = 0; i < n; ++i) {
    const Arch& arch = archs[static_cast<size_t>(i)];
    for (size_t a = 0; a < axes.size(); ++a) {
      if (!arch.active(a)) continue;
      const Eigen::Index group = index[axes[a].group];
      const double share = 1 / sizes[static_cast<size_t>(group)];
      const double place = position(axes[a], arch[a]);
      out.slots(i, static_cast<Eigen::Index>(a)) = place;
      out.groups(i, 2 * group) += place * share;
      out.groups(i, 2 * group + 1) += share;
    }
    space.encode(arch, one_hot);
    for (Eigen::Index k = 0; k < width; ++k) out.choices(i, k) = one_hot[static_cast<size_t>(k)];
  }
  return out;
}

/// Squared distances of the rows of a and b.
Matrix distances(const Matrix& a, const Matrix& b) {
  const Vector of_a = a.rowwise().squaredNorm(), of_b = b.rowwise().squaredNorm();
  Matrix out = -2 * a * b.transpose();
  out.colwise() += of_a;
  out.rowwise() += of_b.transpose();
  return out.cwiseMax(0);
}

using Parts = std::array<Matrix, kParts>;

Parts parts_between(const Rows& a, const Rows& b) {
  const auto slots = static_cast<double>(a.slots.cols());
  const double two_squares = 2 * kGroupLength * kGroupLength;
  return {(-distances(a.groups, b.groups) / two_squares).array().exp().matrix(),
          a.slots * b.slots.transpose() / slots, a.choices * b.choices.transpose() / slots,
          // A slot that differs counts 2 in the distance of the one-hot rows.
          (-distances(a.choices, b.choices) * (kDecay / (2 * slots))).array().exp().matrix()};
}

Matrix kernel(const Parts& parts, const Logs& logs) {
  Matrix out = Matrix::Ones(parts[0].rows(), parts[0].cols());  // the unknown mean
  for (size_t p = 0; p < kParts; ++p) out += std::exp(logs[p]) * parts[p];
  return out;
}

/// Logarithm of the probability of the values, up to a constant.
double evidence(const Parts& parts, const Logs& logs, const Vector& values) {
  Matrix k = kernel(parts, logs);
  k.diagonal().array() += std::exp(logs[kParts]);
  const Eigen::LLT<Matrix> factor(k);
  if (factor.info() != Eigen::Success) return -std::numeric_limits<double>::infinity();
  const Matrix lower = factor.matrixL();
  return -0.5 * values.dot(factor.solve(values)) - lower.diagonal().array().log().sum();
}

/// One variance after the other up or down, by steps that halve.
Logs most_probable(const Parts& parts, const Vector& values) {
  Logs logs;
  logs.fill(-1);
  double best = evidence(parts, logs, values);
  for (double step = 2; step >= 0.5;) {
    bool improved = false;
    for (double& log : logs) {
      for (double change : {step, -step}) {
        const double before = log;
        log = std::clamp(log + change, kLeastLog, kMostLog);
        const double here = log == before ? best : evidence(parts, logs, values);
        if (here > best + 1e-6) {
          best = here;
          improved = true;
        } else {
          log = before;
        }
      }
    }
    if (!improved) step /= 2;
  }
  return logs;
}

void check(std::span<const Arch> archs, std::span<const double> values) {
  if (archs.size() != values.size() || archs.size() < 2) {
    throw Error(str("a Gaussian process needs two archs and a value for each, got ", archs.size(),
                    " and ", values.size()));
  }
  for (double value : values) {
    if (!std::isfinite(value)) throw Error(str("a Gaussian process cannot learn from ", value));
  }
}

}  // namespace

struct GaussianProcess::Impl {
  const SearchSpace& space;
  Logs logs = {-1, -1, -1, -1, -1};
  double mean = 0, scale = 1;
  Rows seen;
  Eigen::LLT<Matrix> factor;
  Vector weights;

  /// Values with mean 0 and deviation 1.
  Vector scaled(std::span<const double> values) {
    const Eigen::Map<const Vector> raw(values.data(), static_cast<Eigen::Index>(values.size()));
    mean = raw.mean();
    const double variance = (raw.array() - mean).square().mean();
    scale = variance > 0 ? std::sqrt(variance) : 1;
    return (raw.array() - mean) / scale;
  }
};

GaussianProcess::GaussianProcess(const SearchSpace& space)
    : impl_(new Impl{.space = space, .seen = {}, .factor = {}, .weights = {}}) {}
GaussianProcess::~GaussianProcess() = default;

void GaussianProcess::learn(std::span<const Arch> archs, std::span<const double> values) {
  check(archs, values);
  const Rows rows = rows_of(impl_->space, archs);
  impl_->logs = most_probable(parts_between(rows, rows), impl_->scaled(values));
}

void GaussianProcess::condition(std::span<const Arch> archs, std::span<const double> values) {
  check(archs, values);
  impl_->seen = rows_of(impl_->space, archs);
  const Vector scaled = impl_->scaled(values);
  Matrix k = kernel(parts_between(impl_->seen, impl_->seen), impl_->logs);
  k.diagonal().array() += std::exp(impl_->logs[kParts]);
  impl_->factor.compute(k);
  TAILOR_CHECK(impl_->factor.info() == Eigen::Success, "the noise makes the kernel regular");
  impl_->weights = impl_->factor.solve(scaled);
}

std::vector<GaussianProcess::Prediction> GaussianProcess::predict(
    std::span<const Arch> archs) const {
  const Rows rows = rows_of(impl_->space, archs);
  const Matrix k = kernel(parts_between(impl_->seen, rows), impl_->logs);
  const Vector means = k.transpose() * impl_->weights;
  const Matrix half = impl_->factor.matrixL().solve(k);
  std::vector<Prediction> out;
  for (Eigen::Index i = 0; i < means.size(); ++i) {
    const Rows own{rows.groups.row(i), rows.slots.row(i), rows.choices.row(i)};
    const double prior = kernel(parts_between(own, own), impl_->logs)(0, 0);
    const double variance = std::max(0.0, prior - half.col(i).squaredNorm());
    out.push_back({impl_->mean + impl_->scale * means(i), impl_->scale * std::sqrt(variance)});
  }
  return out;
}

std::vector<double> GaussianProcess::covariance(std::span<const Arch> archs) const {
  const Rows rows = rows_of(impl_->space, archs);
  const Matrix half =
      impl_->factor.matrixL().solve(kernel(parts_between(impl_->seen, rows), impl_->logs));
  const Matrix after = kernel(parts_between(rows, rows), impl_->logs) - half.transpose() * half;
  std::vector<double> out(static_cast<size_t>(after.size()));
  Eigen::Map<Matrix>(out.data(), after.rows(), after.cols()) =
      impl_->scale * impl_->scale * after;  // symmetric: either order of storage
  return out;
}

double GaussianProcess::noise() const {
  return impl_->scale * impl_->scale * std::exp(impl_->logs[kParts]);
}

}  // namespace tailor::search
