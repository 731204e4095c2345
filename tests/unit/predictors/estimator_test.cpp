// The interface's helpers.
#include "predictors/estimator.h"

#include "core/error.h"
#include "tests/support/catch.h"
#include "tests/support/spaces.h"

using namespace tailor;

namespace {

class Fixed : public Estimator {
 public:
  std::string metric() const override { return "latency_ms"; }
  void estimate(std::span<const Arch> archs, std::span<Estimate> out) const override {
    if (archs[0].size() == 0) throw Error("no arch");
    for (Estimate& e : out) e.value = 7;
  }
};

}  // namespace

TEST_CASE("every provenance has a name of its own") {
  CHECK(provenance_name(Provenance::measured) == "measured");
  CHECK(provenance_name(Provenance::fitted) == "fitted");
  CHECK(provenance_name(Provenance::interpolated) == "interpolated");
  CHECK(provenance_name(Provenance::borrowed) == "borrowed");
  CHECK(provenance_name(Provenance::analytic) == "analytic");
}

TEST_CASE("a number that is no provenance is refused") {
  CHECK_THROWS_AS(provenance_name(static_cast<Provenance>(9)), Error);
}

TEST_CASE("one value is the estimate of one arch") {
  const auto space = test::space_of(test::kTinyMobileNet);
  CHECK(estimate_one(Fixed(), space->smallest()) == 7);
}

TEST_CASE("errors pass through, no estimator is a sum unless it says so") {
  CHECK_THROWS_AS(estimate_one(Fixed(), Arch()), Error);
  CHECK_FALSE(Fixed().factor_sum(nullptr));
}
