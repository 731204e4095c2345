// Coverage and regret.
#include "search/front_quality.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"

namespace tailor::search {
namespace {

bool at_least_as_good(const Point& a, const Point& b, std::span<const Direction> directions) {
  for (size_t k = 0; k < directions.size(); ++k) {
    if (better(b[k], a[k], directions[k])) return false;
  }
  return true;
}

void check_points(std::span<const Point> points, std::span<const Direction> directions) {
  for (const Point& point : points) {
    if (point.size() != directions.size()) {
      throw Error(
          str("a point has ", point.size(), " values for ", directions.size(), " objectives"));
    }
    if (std::any_of(point.begin(), point.end(), [](double v) { return std::isnan(v); })) {
      throw Error("a point of a front has the value NaN");
    }
  }
}

/// How much worse `value` is than the optimum.
double loss(double value, double optimum, Direction direction) {
  if (std::isnan(value) || std::isnan(optimum)) throw Error("regret of the value NaN");
  if (better(value, optimum, direction)) {
    throw Error(str("a value of ", value, " is better than the optimum ", optimum));
  }
  return std::abs(optimum - value);
}

}  // namespace

double front_coverage(std::span<const Point> by, std::span<const Point> covered,
                      std::span<const Direction> directions) {
  if (covered.empty()) throw Error("coverage of a front without points");
  check_points(by, directions);
  check_points(covered, directions);
  const auto count = std::count_if(covered.begin(), covered.end(), [&](const Point& point) {
    return std::any_of(by.begin(), by.end(), [&](const Point& other) {
      return at_least_as_good(other, point, directions);
    });
  });
  return static_cast<double>(count) / static_cast<double>(covered.size());
}

double regret(std::span<const double> found, double optimum, Direction direction) {
  if (found.empty()) throw Error("regret without a value found");
  double least = loss(found.front(), optimum, direction);
  for (double value : found) least = std::min(least, loss(value, optimum, direction));
  return least;
}

size_t evaluations_until(std::span<const double> found, double optimum, double within,
                         Direction direction) {
  TAILOR_CHECK(within >= 0, "regret is never below 0");
  size_t first = 0;
  for (size_t i = 0; i < found.size(); ++i) {
    if (loss(found[i], optimum, direction) <= within && first == 0) first = i + 1;
  }
  return first;
}

}  // namespace tailor::search
