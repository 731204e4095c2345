// Shapley values of R^2 over axis groups.
#include "predictors/axis_shares.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>

#include "core/error.h"

namespace tailor::predict {
namespace {

using Matrix = Eigen::MatrixXd;
using Vector = Eigen::VectorXd;

constexpr size_t kMostGroups = 12;
constexpr double kRidge = 1e-6;  // of the mean diagonal: one-hot columns of a slot are dependent

/// Centred one-hot rows, and which columns are each group's.
struct Samples {
  Matrix gram;          // X' X
  Vector projection;    // X' y
  double variance = 0;  // y' y
  std::vector<std::vector<Eigen::Index>> columns;
};

std::vector<std::vector<Eigen::Index>> columns_by_group(const SearchSpace& space) {
  const std::vector<std::string> groups = space.groups();
  std::vector<std::vector<Eigen::Index>> out(groups.size());
  Eigen::Index next = 0;
  for (const Axis& axis : space.axes()) {
    const auto group =
        static_cast<size_t>(std::find(groups.begin(), groups.end(), axis.group) - groups.begin());
    for (size_t choice = 0; choice < axis.values.size(); ++choice) out[group].push_back(next++);
  }
  return out;
}

Samples draw(const SearchSpace& space, const Estimator& estimator, int64_t count, Rng rng) {
  Samples out;
  std::vector<Arch> archs;
  for (int64_t i = 0; i < count; ++i) archs.push_back(space.sample_choices(rng));
  std::vector<Estimate> estimates(archs.size());
  estimator.estimate(archs, estimates);
  Matrix x(static_cast<Eigen::Index>(count), static_cast<Eigen::Index>(space.encoding_size()));
  Vector y(x.rows());
  std::vector<float> row(space.encoding_size());
  for (Eigen::Index i = 0; i < x.rows(); ++i) {
    space.encode(archs[static_cast<size_t>(i)], row);
    for (Eigen::Index c = 0; c < x.cols(); ++c) x(i, c) = row[static_cast<size_t>(c)];
    y[i] = estimates[static_cast<size_t>(i)].value;
  }
  x.rowwise() -= x.colwise().mean().eval();
  y.array() -= y.mean();
  out.gram = x.transpose() * x;
  out.projection = x.transpose() * y;
  out.variance = y.squaredNorm();
  out.columns = columns_by_group(space);
  return out;
}

/// R^2 of a fit on the groups whose bits are set.
double explained(const Samples& s, size_t groups) {
  std::vector<Eigen::Index> columns;
  for (size_t g = 0; g < s.columns.size(); ++g) {
    if (groups >> g & 1U) columns.insert(columns.end(), s.columns[g].begin(), s.columns[g].end());
  }
  if (columns.empty()) return 0;
  Matrix gram = s.gram(columns, columns);
  gram.diagonal().array() += kRidge * gram.diagonal().mean();
  const Vector projection = s.projection(columns);
  return projection.dot(gram.ldlt().solve(projection)) / s.variance;
}

double factorial(size_t n) { return std::tgamma(static_cast<double>(n) + 1); }

}  // namespace

std::vector<AxisShare> axis_shares(const SearchSpace& space, const Estimator& estimator,
                                   int64_t archs, const Rng& rng) {
  const std::vector<std::string> names = space.groups();
  const size_t n = names.size();
  if (n > kMostGroups) throw Error(str("shares of ", n, " axis groups; at most ", kMostGroups));
  if (archs < 100) throw Error(str("shares of axis groups take at least 100 archs, got ", archs));
  const Samples samples = draw(space, estimator, archs, rng);
  if (!(samples.variance > 0)) return {};
  std::vector<double> fits;
  for (size_t set = 0; set < size_t{1} << n; ++set) fits.push_back(explained(samples, set));
  std::vector<AxisShare> out;
  for (size_t g = 0; g < n; ++g) {
    double share = 0;
    for (size_t set = 0; set < fits.size(); ++set) {
      if (set >> g & 1U) continue;
      const auto before = static_cast<size_t>(__builtin_popcountll(set));
      const double orders = factorial(before) * factorial(n - before - 1) / factorial(n);
      share += orders * (fits[set | size_t{1} << g] - fits[set]);
    }
    out.push_back({names[g], share});
  }
  std::sort(out.begin(), out.end(),
            [](const AxisShare& a, const AxisShare& b) { return a.share > b.share; });
  return out;
}

std::string axis_shares_text(const std::vector<AxisShare>& shares) {
  std::vector<std::string> items;
  for (const AxisShare& each : shares) {
    items.push_back(str(each.group, " ", std::round(100 * each.share), " %"));
  }
  return join(items, ", ");
}

}  // namespace tailor::predict
