#include "search/pareto.h"

#include <array>
#include <cmath>

#include "core/error.h"
#include "tests/support/error_text.h"

#include "tests/support/catch.h"

namespace tailor::search {
namespace {

using test::error_text;
constexpr auto kUp = Direction::maximise;
constexpr auto kDown = Direction::minimise;
using Indices = std::vector<size_t>;

TEST_CASE("dominance needs one better value and no worse one") {
  const std::array directions = {kUp, kDown};
  CHECK(dominates({0.9, 10}, {0.8, 10}, directions));
  CHECK(dominates({0.9, 9}, {0.9, 10}, directions));
  CHECK_FALSE(dominates({0.9, 10}, {0.9, 10}, directions));
  CHECK_FALSE(dominates({0.9, 11}, {0.8, 10}, directions));
}

TEST_CASE("a front goes from the best first objective down") {
  const std::vector<Point> points = {{0.7, 5}, {0.9, 20}, {0.8, 10}, {0.8, 12}, {0.6, 6}};
  CHECK(pareto_front(points, std::array{kUp, kDown}) == Indices{1, 2, 0});
  CHECK(pareto_front(points, std::array{kDown, kDown}) == Indices{4, 0});
}

TEST_CASE("of equal points the first is kept") {
  const std::vector<Point> points = {{1, 2}, {0, 3}, {1, 2}, {0, 3}};
  CHECK(pareto_front(points, std::array{kDown, kDown}) == Indices{1, 0});
}

TEST_CASE("three objectives: a point may win by the third alone") {
  const std::vector<Point> points = {{1, 1, 5}, {1, 1, 4}, {2, 2, 1}, {2, 2, 6}, {0, 3, 5}};
  CHECK(pareto_front(points, std::array{kDown, kDown, kDown}) == Indices{4, 1, 2});
}

TEST_CASE("an empty set has an empty front and no volume") {
  const std::vector<Point> none;
  CHECK(pareto_front(none, std::array{kUp, kDown}).empty());
  CHECK(hypervolume(none, std::array{kUp, kDown}, {0, 10}) == 0);
}

TEST_CASE("hypervolume counts overlaps once and leaves out what is beyond the reference") {
  const std::vector<Point> points = {{1, 3}, {2, 2}, {2, 3}, {9, 0}, {3, 5}};
  CHECK(hypervolume(points, std::array{kDown, kDown}, {4, 5}) == 3 * 2 + 2 * 1);
  CHECK(hypervolume(std::vector<Point>{{0.75, 10}}, std::array{kUp, kDown}, {0.5, 14}) == 1);
}

TEST_CASE("hypervolume of boxes") {
  const std::array down = {kDown, kDown, kDown};
  CHECK(hypervolume(std::vector<Point>{{0, 0, 0}}, down, {2, 3, 4}) == 24);
  CHECK(hypervolume(std::vector<Point>{{0, 1, 0}, {1, 0, 0}}, down, {2, 2, 2}) == 6);
  CHECK(hypervolume(std::vector<Point>{{0, 0, 1}, {1, 1, 0}}, down, {2, 2, 2}) == 5);
}

TEST_CASE("points that cannot be compared are errors") {
  const auto refused = [](const std::vector<Point>& points, std::span<const Direction> directions) {
    return error_text<Error>([&] { pareto_front(points, directions); });
  };
  CHECK(refused({{1, std::nan("")}}, std::array{kUp, kDown}) ==
        "a point of a Pareto front has the value NaN");
  CHECK(refused({{1, 2, 3}}, std::array{kUp, kDown}) == "a point has 3 values for 2 objectives");
  CHECK(refused({}, std::array{kUp}) == "a Pareto front has two or three objectives, got 1");
}

}  // namespace
}  // namespace tailor::search
