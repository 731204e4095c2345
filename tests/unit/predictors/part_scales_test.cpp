// Scales of feature parts found from the data.
#include "predictors/part_scales.h"

#include "core/error.h"
#include "core/rng.h"
#include "predictors/ridge.h"
#include "tests/support/catch.h"

using namespace tailor;
using namespace tailor::predict;

namespace {

using Parts = std::vector<std::pair<size_t, size_t>>;
const Parts kParts = {{0, 10}, {10, 20}};

struct Data {
  std::vector<double> x, y;
};

/// The values depend on features 0..9 alone, every one a little.
Data draw(size_t rows, double noise, uint64_t seed) {
  Rng rng(seed);
  Data out;
  for (size_t i = 0; i < rows; ++i) {
    double y = 80;
    for (size_t f = 0; f < 20; ++f) {
      out.x.push_back(rng.normal());
      if (f < 10) y += out.x.back() * (f % 2 ? 1 : -1);
    }
    out.y.push_back(y + noise * rng.normal());
  }
  return out;
}

}  // namespace

TEST_CASE("the part that the values depend on is believed, the other one is not") {
  const Data d = draw(60, 0.5, 1);
  const PartScales found = part_scales(d.x, d.y, kParts);
  REQUIRE(found.scales.size() == 20);
  CHECK(found.scales[0] == found.scales[9]);
  CHECK(found.scales[10] == found.scales[19]);
  CHECK(found.scales[0] > 5 * found.scales[10]);
}

TEST_CASE("the scales predict better than equal ones") {
  const Data seen = draw(25, 1, 1), unseen = draw(200, 0, 2);
  const auto error = [&](const LinearModel& model) {
    double sum = 0;
    for (size_t i = 0; i < unseen.y.size(); ++i) {
      const double off = model(std::span(unseen.x).subspan(20 * i, 20)) - unseen.y[i];
      sum += off * off;
    }
    return sum;
  };
  const PartScales found = part_scales(seen.x, seen.y, kParts);
  const std::vector<double> equal(20, 1.0);
  const double plain =
      error(fit_ridge(seen.x, seen.y, equal, std::vector<double>{0.01, 0.1, 1, 10, 100}));
  CHECK(error(fit_ridge(seen.x, seen.y, found.scales, std::vector<double>{found.lambda})) <
        0.8 * plain);
}

TEST_CASE("more noise gives a stronger ridge") {
  const Data calm = draw(80, 0.1, 1), noisy = draw(80, 6, 1);
  CHECK(part_scales(noisy.x, noisy.y, kParts).lambda >
        10 * part_scales(calm.x, calm.y, kParts).lambda);
}

TEST_CASE("many rows are thinned out, the same way every time") {
  const Data d = draw(3000, 0.5, 1);
  const PartScales a = part_scales(d.x, d.y, kParts), b = part_scales(d.x, d.y, kParts);
  CHECK(a.scales == b.scales);
  CHECK(a.scales[0] > 5 * a.scales[10]);
}

TEST_CASE("constant values and constant parts do no harm, one row is refused") {
  Data d = draw(30, 0.5, 1);
  for (size_t i = 0; i < 30; ++i) {
    for (size_t f = 10; f < 20; ++f) d.x[20 * i + f] = 1;
  }
  const PartScales found = part_scales(d.x, d.y, kParts);
  CHECK(found.scales[15] == 0);
  CHECK(found.scales[5] > 0);
  const std::vector<double> constant(30, 0.5);
  CHECK(part_scales(d.x, constant, kParts).scales == std::vector<double>(20, 1));
  CHECK_THROWS_AS(part_scales(std::vector<double>(20), std::vector<double>{1}, kParts), Error);
}
