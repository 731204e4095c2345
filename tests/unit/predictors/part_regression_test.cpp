#include "predictors/part_regression.h"

#include <cmath>

#include "core/error.h"
#include "core/rng.h"
#include "tests/support/catch.h"

using namespace tailor;
using namespace tailor::predict;

namespace {

struct Rows {
  std::vector<double> x, y;
};

/// y = 5 + 2 x0 - x1, and nothing of x2 and x3; every tenth value is ten too large where asked.
Rows rows(int count, bool outliers) {
  Rows out;
  Rng rng(3);
  for (int i = 0; i < count; ++i) {
    double x[4];
    for (double& value : x) value = rng.normal();
    out.x.insert(out.x.end(), x, x + 4);
    out.y.push_back(5 + 2 * x[0] - x[1] + 0.01 * rng.normal());
    if (outliers && i % 10 == 0) out.y.back() += 10;
  }
  return out;
}

const FeatureParts kParts = {{0, 2}, {2, 4}};

}  // namespace

TEST_CASE("a part regression finds a linear law") {
  const Rows data = rows(40, false);
  const PartRegression model = fit_part_regression(data.x, data.y, kParts);
  CHECK(model.bias == Approx(5).margin(0.02));
  CHECK(model.weights[0] == Approx(2).margin(0.02));
  CHECK(model.weights[1] == Approx(-1).margin(0.02));
  CHECK(std::abs(model.weights[2]) < 0.02);
  CHECK(model.loo_error == Approx(0.008).margin(0.008));
}

TEST_CASE("outliers do not mislead a part regression") {
  const Rows data = rows(100, true);
  const PartRegression robust = fit_part_regression(data.x, data.y, kParts);
  CHECK(robust(std::vector<double>{1, 1, 0, 0}) == Approx(6).margin(0.05));
  const PartRegression plain = fit_part_regression(data.x, data.y, kParts, {.rounds = 1});
  CHECK(std::abs(plain(std::vector<double>{1, 1, 0, 0}) - 6) > 0.3);
}

TEST_CASE("few rows are surest near what was measured") {
  const Rows data = rows(6, false);
  const PartRegression model = fit_part_regression(data.x, data.y, kParts, {.rounds = 1});
  const double near = model.deviation({data.x.data(), 4});
  const double far = model.deviation(std::vector<double>{9, -9, 9, 9});
  CHECK(near > 0);
  CHECK(far > 2 * near);
}

TEST_CASE("many rows keep no spread and give what leaving one out says") {
  const Rows data = rows(80, false);
  const PartRegression model = fit_part_regression(data.x, data.y, kParts);
  CHECK(model.spread.empty());
  CHECK(model.deviation({data.x.data(), 4}) == Approx(1.25 * model.loo_error));
}

TEST_CASE("a part regression takes two rows at least") {
  CHECK_THROWS_WITH(fit_part_regression({1, 2, 3, 4}, std::vector<double>{1}, kParts),
                    "a regression takes at least 2 rows, got 1");
}

TEST_CASE("rows are chosen where they teach most, none twice") {
  const std::vector<double> pool = {0, 0, 0.1, 0, -0.1, 0, 5, 0, 0, 5};
  const Acquisition chosen =
      choose_rows(pool, std::vector<double>{1, 1}, 0.01, std::vector<size_t>{0}, 10);
  REQUIRE(chosen.rows.size() == 4);
  CHECK(chosen.rows[0] >= 3);
  CHECK(chosen.rows[1] >= 3);
  CHECK(chosen.rows[0] != chosen.rows[1]);
  CHECK(chosen.deviations[0] < chosen.deviation_before);
  CHECK(chosen.deviations[3] < chosen.deviations[0]);
}
