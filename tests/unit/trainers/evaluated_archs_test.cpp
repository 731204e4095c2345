// covers: trainers/phases/evaluated_archs.cpp
#include "trainers/phases/evaluated_archs.h"

#include <cmath>
#include <set>

#include "supernet/space/cost.h"
#include "tests/support/spaces.h"

#include "tests/support/catch.h"

using namespace tailor;

namespace {

constexpr const char* kSpace = R"(
family: mobilenet
stages:
  - {width: 16, kernel: [3, 5, 7], expand: [3, 4, 6], depth: [2, 3, 4]}
  - {width: 32, stride: 2, kernel: [3, 5, 7], expand: [3, 4, 6], depth: [2, 3, 4]}
)";

/// Deviation of the logarithm of the drawn archs' multiply-accumulates.
double spread(const SearchSpace& space, double size_correlation) {
  double sum = 0, squares = 0;
  const auto archs = train::evaluated_archs(space, 202, size_correlation, Rng(3));
  for (size_t i = 2; i < archs.size(); ++i) {
    const double macs = std::log(static_cast<double>(network_cost(space.lower(archs[i])).macs));
    sum += macs, squares += macs * macs;
  }
  return std::sqrt(squares / 200 - sum * sum / 200 / 200);
}

}  // namespace

TEST_CASE("evaluated subnets are the extremes and distinct drawn ones") {
  const auto space = test::space_of(kSpace);
  for (const double correlation : {0.0, 0.5}) {
    const auto archs = train::evaluated_archs(*space, 60, correlation, Rng(1));
    CHECK(space->print(archs[0]) == space->print(space->smallest()));
    CHECK(space->print(archs[1]) == space->print(space->largest()));
    CHECK(archs.size() == 60);
    CHECK(std::set<Arch>(archs.begin(), archs.end()).size() == 60);
    const bool same = archs == train::evaluated_archs(*space, 60, correlation, Rng(1));
    CHECK(same);
  }
}

TEST_CASE("correlated choices spread evaluated subnets over sizes") {
  const auto space = test::space_of(kSpace);
  CHECK(spread(*space, 0.5) > 1.25 * spread(*space, 0));
}

TEST_CASE("a space of few networks gives all of them") {
  const auto space = test::space_of(test::kTinyMobileNet);
  const std::vector<Arch> all = train::evaluated_archs(*space, 1000, 0, Rng(1));
  CHECK(static_cast<double>(all.size()) == space->count());
  CHECK(train::evaluated_archs(*space, std::ssize(all), 0, Rng(2)).size() == all.size());
}
