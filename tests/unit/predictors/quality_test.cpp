// Ranking and error figures against values worked out by hand.
#include "predictors/quality.h"

#include <cmath>
#include <numeric>
#include <set>

#include "core/config_node.h"
#include "core/error.h"
#include "tests/support/catch.h"

using namespace tailor;
using namespace tailor::predict;
using Values = std::vector<double>;

TEST_CASE("Kendall's tau counts pairs, ties as tau-b does") {
  CHECK(kendall_tau(Values{1, 2, 3}, Values{10, 20, 30}) == 1);
  CHECK(kendall_tau(Values{1, 2, 3}, Values{30, 20, 10}) == -1);
  CHECK(kendall_tau(Values{1, 2, 3, 4}, Values{1, 3, 2, 4}) == Approx(4.0 / 6));
  // 5 agreeing pairs, one tie on the left: 5 / sqrt(5 * 6).
  CHECK(kendall_tau(Values{1, 1, 2, 3}, Values{1, 2, 3, 4}) == Approx(5 / std::sqrt(30.0)));
  CHECK(kendall_tau(Values{1, 1, 1}, Values{1, 2, 3}) == 0);
}

TEST_CASE("Spearman correlates ranks, ties sharing theirs") {
  CHECK(spearman(Values{1, 2, 3}, Values{1, 8, 27}) == Approx(1));
  CHECK(spearman(Values{1, 2, 3, 4}, Values{1, 3, 2, 4}) == Approx(0.8));
  CHECK(spearman(Values{1, 1, 2}, Values{1, 2, 3}) == Approx(1.5 / std::sqrt(3.0)));
  CHECK(spearman(Values{5, 5}, Values{1, 2}) == 0);
}

TEST_CASE("errors are in the unit of the values, shares of the truth") {
  const Quality q = quality(Values{11, 18, 30, 45}, Values{10, 20, 30, 40});
  CHECK(q.count == 4);
  CHECK(q.rmse == Approx(std::sqrt((1 + 4 + 0 + 25) / 4.0)));
  CHECK(q.mape == Approx((0.1 + 0.1 + 0 + 0.125) / 4));
  CHECK(q.within_10pct == 0.75);
  CHECK(q.kendall_tau == 1);
}

TEST_CASE("the best quartile is ranked by itself") {
  Values truth(16), predicted(16);
  std::iota(truth.begin(), truth.end(), 1.0);
  predicted = truth;
  std::reverse(predicted.begin() + 12, predicted.end());
  const Quality q = quality(predicted, truth);
  CHECK(q.kendall_tau_top == -1);
  CHECK(q.kendall_tau > 0.8);
}

TEST_CASE("lists that cannot be compared are refused") {
  CHECK_THROWS_AS(quality(Values{1, 2}, Values{1}), Error);
  CHECK_THROWS_AS(quality(Values{1}, Values{1}), Error);
  CHECK_THROWS_AS(quality(Values{1, std::nan("")}, Values{1, 2}), Error);
}

TEST_CASE("folds share the items out evenly, the same for the same stream") {
  const std::vector<int64_t> folds = fold_of(23, 5, Rng(1));
  for (int64_t f = 0; f < 5; ++f) {
    const auto size = std::count(folds.begin(), folds.end(), f);
    CHECK((size == 4 || size == 5));
  }
  CHECK(fold_of(23, 5, Rng(1)) == folds);
  CHECK(fold_of(23, 5, Rng(2)) != folds);
  CHECK_THROWS_AS(fold_of(3, 4, Rng(1)), Error);
  CHECK_THROWS_AS(fold_of(3, 1, Rng(1)), Error);
}

TEST_CASE("no value comes from a fit that has seen its item") {
  using Items = std::span<const size_t>;
  const std::vector<double> out = cross_validate(17, 4, Rng(1), [](Items train, Items test) {
    const std::set<size_t> seen(train.begin(), train.end());
    CHECK(train.size() + test.size() == 17);
    std::vector<double> values;
    for (size_t i : test) {
      CHECK_FALSE(seen.contains(i));
      values.push_back(static_cast<double>(i));
    }
    return values;
  });
  for (size_t i = 0; i < out.size(); ++i) CHECK(out[i] == static_cast<double>(i));
}

TEST_CASE("figures are written as YAML that reads back") {
  const Quality q = quality(Values{11, 18, 30, 45}, Values{10, 20, 30, 40});
  const ConfigNode node = ConfigNode::parse("ridge:\n" + quality_yaml(q, 2), "quality.yaml");
  double tau = 0, rmse = 0;
  node.child("ridge").read("kendall_tau", tau, {.required = true});
  node.child("ridge").read("rmse", rmse, {.required = true});
  CHECK(tau == q.kendall_tau);
  CHECK(rmse == q.rmse);
}
