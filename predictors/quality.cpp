// How good predictions are.
#include "predictors/quality.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/error.h"

namespace tailor::predict {
namespace {

void check_pairs(std::span<const double> a, std::span<const double> b) {
  if (a.size() != b.size() || a.size() < 2) {
    throw Error(str("comparing predictions takes two lists of one length >= 2, got ", a.size(),
                    " and ", b.size()));
  }
  for (size_t i = 0; i < a.size(); ++i) {
    if (!std::isfinite(a[i]) || !std::isfinite(b[i])) {
      throw Error(str("comparing predictions: values ", a[i], " and ", b[i], " at ", i,
                      " are not both finite"));
    }
  }
}

std::vector<size_t> order_of(std::span<const double> values) {
  std::vector<size_t> order(values.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t i, size_t j) { return values[i] < values[j]; });
  return order;
}

/// Ranks from 1; ties share their mean rank.
std::vector<double> ranks(std::span<const double> values) {
  const std::vector<size_t> order = order_of(values);
  std::vector<double> out(values.size());
  for (size_t i = 0; i < order.size();) {
    size_t j = i;
    while (j < order.size() && values[order[j]] == values[order[i]]) ++j;
    const double rank = 0.5 * static_cast<double>(i + j + 1);
    for (; i < j; ++i) out[order[i]] = rank;
  }
  return out;
}

double correlation(const std::vector<double>& a, const std::vector<double>& b) {
  const auto n = static_cast<double>(a.size());
  const double mean_a = std::accumulate(a.begin(), a.end(), 0.0) / n;
  const double mean_b = std::accumulate(b.begin(), b.end(), 0.0) / n;
  double ab = 0, aa = 0, bb = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    ab += (a[i] - mean_a) * (b[i] - mean_b);
    aa += (a[i] - mean_a) * (a[i] - mean_a);
    bb += (b[i] - mean_b) * (b[i] - mean_b);
  }
  return aa > 0 && bb > 0 ? ab / std::sqrt(aa * bb) : 0;
}

int sign(double x) { return x > 0 ? 1 : x < 0 ? -1 : 0; }

double top_quartile_tau(std::span<const double> predicted, std::span<const double> truth) {
  const std::vector<size_t> order = order_of(truth);
  const size_t top = std::max<size_t>(2, (order.size() + 3) / 4);
  std::vector<double> p, t;
  for (size_t i = order.size() - top; i < order.size(); ++i) {
    p.push_back(predicted[order[i]]);
    t.push_back(truth[order[i]]);
  }
  return kendall_tau(p, t);
}

}  // namespace

double kendall_tau(std::span<const double> a, std::span<const double> b) {
  check_pairs(a, b);
  int64_t agree = 0, pairs_a = 0, pairs_b = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      const int order_a = sign(a[i] - a[j]);
      const int order_b = sign(b[i] - b[j]);
      agree += order_a * order_b;
      pairs_a += order_a != 0;
      pairs_b += order_b != 0;
    }
  }
  if (pairs_a == 0 || pairs_b == 0) return 0;
  return static_cast<double>(agree) /
         std::sqrt(static_cast<double>(pairs_a) * static_cast<double>(pairs_b));
}

double spearman(std::span<const double> a, std::span<const double> b) {
  check_pairs(a, b);
  return correlation(ranks(a), ranks(b));
}

Quality quality(std::span<const double> predicted, std::span<const double> truth) {
  check_pairs(predicted, truth);
  Quality out;
  out.count = static_cast<int64_t>(truth.size());
  out.kendall_tau = kendall_tau(predicted, truth);
  out.kendall_tau_top = top_quartile_tau(predicted, truth);
  out.spearman = spearman(predicted, truth);
  double squares = 0, relative = 0, near = 0, nonzero = 0;
  for (size_t i = 0; i < truth.size(); ++i) {
    const double error = std::abs(predicted[i] - truth[i]);
    squares += error * error;
    near += error <= 0.1 * std::abs(truth[i]);
    if (truth[i] == 0) continue;
    relative += error / std::abs(truth[i]);
    ++nonzero;
  }
  const auto n = static_cast<double>(truth.size());
  out.rmse = std::sqrt(squares / n);
  out.mape = nonzero > 0 ? relative / nonzero : 0;
  out.within_10pct = near / n;
  return out;
}

std::string quality_yaml(const Quality& quality, size_t indent) {
  const std::string margin(indent, ' ');
  return str(margin, "count: ", quality.count, "\n", margin,
             "kendall_tau: ", number(quality.kendall_tau), "\n", margin,
             "kendall_tau_top_quartile: ", number(quality.kendall_tau_top), "\n", margin,
             "spearman: ", number(quality.spearman), "\n", margin, "rmse: ", number(quality.rmse),
             "\n", margin, "mape: ", number(quality.mape), "\n", margin,
             "within_10pct: ", number(quality.within_10pct), "\n");
}

std::vector<int64_t> fold_of(int64_t count, int64_t folds, const Rng& rng) {
  if (folds < 2 || folds > count) {
    throw Error(
        str("cross-validation takes 2 to ", count, " folds of ", count, " items, got ", folds));
  }
  Rng stream = rng.fork("folds");
  const std::vector<int64_t> order = stream.permutation(count);
  std::vector<int64_t> out(static_cast<size_t>(count));
  for (size_t i = 0; i < order.size(); ++i) {
    out[static_cast<size_t>(order[i])] = static_cast<int64_t>(i) % folds;
  }
  return out;
}

std::vector<double> cross_validate(size_t count, int64_t folds, const Rng& rng,
                                   const FoldPredict& predict) {
  const std::vector<int64_t> fold = fold_of(static_cast<int64_t>(count), folds, rng);
  std::vector<double> out(count);
  for (int64_t f = 0; f < folds; ++f) {
    std::vector<size_t> train, test;
    for (size_t i = 0; i < count; ++i) (fold[i] == f ? test : train).push_back(i);
    const std::vector<double> values = predict(train, test);
    TAILOR_CHECK(values.size() == test.size(), "a fold gave ", values.size(), " values for ",
                 test.size());
    for (size_t i = 0; i < test.size(); ++i) out[test[i]] = values[i];
  }
  return out;
}

}  // namespace tailor::predict
