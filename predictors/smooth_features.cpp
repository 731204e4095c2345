// Column scales and Nystroem features.
#include "predictors/smooth_features.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>

#include "core/error.h"

namespace tailor::predict {
namespace {

using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

constexpr double kJitter = 1e-6;  // keeps the factor of nearly equal anchors finite

double kernel(const double* a, const double* b, size_t columns, double length) {
  double distance = 0;
  for (size_t i = 0; i < columns; ++i) distance += (a[i] - b[i]) * (a[i] - b[i]);
  return std::exp(-distance / (2 * length * length * static_cast<double>(columns)));
}

}  // namespace

ColumnScale ColumnScale::of(std::span<const double> rows, size_t columns) {
  const size_t count = rows.size() / columns;
  ColumnScale out{std::vector<double>(columns), std::vector<double>(columns)};
  for (size_t c = 0; c < columns; ++c) {
    double sum = 0, squares = 0;
    for (size_t r = 0; r < count; ++r) sum += rows[r * columns + c];
    out.means[c] = sum / static_cast<double>(count);
    for (size_t r = 0; r < count; ++r) squares += std::pow(rows[r * columns + c] - out.means[c], 2);
    const double deviation = std::sqrt(squares / static_cast<double>(count));
    out.factors[c] = deviation > 1e-12 * std::abs(out.means[c]) ? 1 / deviation : 0;
  }
  return out;
}

void ColumnScale::apply(std::span<double> row) const {
  for (size_t i = 0; i < row.size(); ++i) row[i] = (row[i] - means[i]) * factors[i];
}

SmoothFeatures::SmoothFeatures(std::vector<double> anchors, size_t columns)
    : columns_(columns), count_(anchors.size() / columns), anchors_(std::move(anchors)) {
  const auto n = static_cast<Eigen::Index>(count_);
  for (double length : kLengths) {
    Eigen::MatrixXd k(n, n);
    for (size_t i = 0; i < count_; ++i) {
      for (size_t j = 0; j < count_; ++j) {
        k(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)) =
            kernel(&anchors_[i * columns], &anchors_[j * columns], columns, length);
      }
    }
    k.diagonal().array() += kJitter;
    const RowMajor root = Eigen::LLT<Eigen::MatrixXd>(k).matrixL();
    roots_.emplace_back(root.data(), root.data() + root.size());
  }
}

SmoothFeatures SmoothFeatures::among(std::span<const double> rows, size_t columns, Rng rng) {
  const auto count = static_cast<int64_t>(rows.size() / columns);
  std::vector<int64_t> order = rng.permutation(count);
  order.resize(std::min(order.size(), kMaxAnchors));
  std::vector<double> anchors;
  for (int64_t row : order) {
    const auto part = rows.subspan(static_cast<size_t>(row) * columns, columns);
    anchors.insert(anchors.end(), part.begin(), part.end());
  }
  return {std::move(anchors), columns};
}

void SmoothFeatures::fill(std::span<const double> row, std::span<double> out) const {
  TAILOR_CHECK(row.size() == columns_ && out.size() == size(), row.size(), " numbers, room for ",
               out.size());
  for (size_t l = 0; l < roots_.size(); ++l) {
    double* part = out.data() + l * count_;
    const double* root = roots_[l].data();
    for (size_t i = 0; i < count_; ++i) {  // forward substitution
      double value = kernel(row.data(), &anchors_[i * columns_], columns_, kLengths[l]);
      for (size_t j = 0; j < i; ++j) value -= root[i * count_ + j] * part[j];
      part[i] = value / root[i * count_ + i];
    }
  }
}

}  // namespace tailor::predict
