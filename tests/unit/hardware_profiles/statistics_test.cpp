// Robust figures of lists of times.
#include "hardware_profiles/statistics.h"

#include <limits>
#include <vector>

#include "core/error.h"
#include "core/rng.h"
#include "tests/support/catch.h"

using namespace tailor;
using namespace tailor::hw;

TEST_CASE("the median is the middle value or the mean of the two middle ones") {
  CHECK(median(std::vector<double>{3, 1, 2}) == 2);
  CHECK(median(std::vector<double>{4, 1, 3, 2}) == 2.5);
  CHECK(median(std::vector<double>{7}) == 7);
  CHECK_THROWS_AS(median(std::vector<double>{}), Error);
}

TEST_CASE("the spread is zero for equal values and unknown for one") {
  CHECK(median_spread(std::vector<double>{2, 2, 2, 2}) == 0);
  CHECK(median_spread(std::vector<double>{2}) == 1);
}

TEST_CASE("the spread of few values is half their range") {
  CHECK(median_spread(std::vector<double>{9, 10, 11}) == Approx(0.1));
}

TEST_CASE("the confidence interval lies between the expected order statistics") {
  std::vector<double> values;
  for (int i = 1; i <= 20; ++i) values.push_back(100 + i);  // ranks 5 and 16 of 20
  CHECK(median_spread(values) == Approx(0.5 * 11 / 110.5));
}

TEST_CASE("outliers do not move a chunk's value") {
  std::vector<double> runs(100);
  for (size_t i = 0; i < runs.size(); ++i) runs[i] = 1 + 0.0001 * static_cast<double>(i);
  const double clean = chunk_value(runs);
  runs[3] = 500;
  runs[50] = 900;
  CHECK(chunk_value(runs) == Approx(clean).epsilon(0.001));
}

TEST_CASE("a coarse clock is averaged out") {
  std::vector<double> runs(100, 0.0);  // 0.1 ms seen through a clock of 1 ms
  for (size_t i = 0; i < runs.size(); i += 10) runs[i] = 1;
  CHECK(chunk_value(runs) == Approx(0.1));
}

TEST_CASE("two groups of values are told from one") {
  Rng rng(1);
  const auto drawn = [&](double share, double apart, double noise) {
    std::vector<double> values;
    for (int i = 0; i < 40; ++i) {
      values.push_back(10 + (i < 40 * share ? apart : 0) + noise * rng.normal());
    }
    return values;
  };
  for (int i = 0; i < 50; ++i) {
    CHECK_FALSE(is_bimodal(drawn(0, 0, 0.2)));       // one group, whatever its width
    CHECK_FALSE(is_bimodal(drawn(0.1, 3, 0.1)));     // a few interruptions
    CHECK_FALSE(is_bimodal(drawn(0.5, 0.2, 0.01)));  // two, but 2 % apart
    CHECK(is_bimodal(drawn(0.5, 3, 0.1)));
    CHECK(is_bimodal(drawn(0.25, 1, 0.05)));
  }
  CHECK_FALSE(is_bimodal(std::vector<double>{1, 1, 1, 2, 2, 2}));  // too few
  CHECK_FALSE(is_bimodal(std::vector<double>(20, 3.0)));
}
