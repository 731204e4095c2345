#include "search/scorer.h"

#include <cmath>

#include "core/error.h"
#include "tests/support/error_text.h"
#include "tests/support/toy_estimators.h"

#include "tests/support/catch.h"

namespace tailor::search {
namespace {

using test::ToySpace;

void backwards(size_t n, const std::function<void(size_t)>& body) {
  for (size_t i = n; i > 0; --i) body(i - 1);
}

std::vector<Arch> samples(const SearchSpace& space, int count) {
  Rng rng(2);
  std::vector<Arch> out;
  for (int i = 0; i < count; ++i) out.push_back(space.sample_choices(rng));
  return out;
}

/// Tells how many archs it was handed at once.
class BatchSize : public Estimator {
 public:
  std::string metric() const override { return "batch"; }
  void estimate(std::span<const Arch> archs, std::span<Estimate> out) const override {
    for (Estimate& e : out) e.value = static_cast<double>(archs.size());
  }
};

TEST_CASE("estimators get chunks of a fixed size") {
  const ToySpace space;
  const Problem problem{.space = space};
  const BatchSize batch;
  const std::vector<double> out = Scorer(problem, one_by_one).values(batch, samples(space, 100));
  REQUIRE(out.size() == 100);
  CHECK(out[0] == Scorer::kChunk);
  CHECK(out[99] == 100 % Scorer::kChunk);
  CHECK(Scorer(problem, one_by_one).values(batch, {}).empty());
}

TEST_CASE("the order in which chunks run does not matter") {
  const ToySpace space;
  const FunctionEstimator latency = test::toy_latency(space);
  const FunctionEstimator macs = test::toy_macs(space);
  const Problem problem{
      .space = space,
      .constraints = {{{"latency_ms", 4, ""}, &latency}, {{"macs", 1e5, ""}, &macs}}};
  const std::vector<Arch> archs = samples(space, 300);
  const Scorer a(problem, one_by_one), b(problem, backwards);
  CHECK(a.constraint_values(archs) == b.constraint_values(archs));
  CHECK(a.constraint_values(archs) == constraint_values(problem.constraints, archs));
}

TEST_CASE("violations are 0 exactly for archs within every limit") {
  const ToySpace space;
  const FunctionEstimator latency = test::toy_latency(space);
  const Problem problem{.space = space, .constraints = {{{"latency_ms", 4, ""}, &latency}}};
  const Scorer scorer(problem, one_by_one);
  const std::vector<Arch> archs = samples(space, 300);
  std::vector<double> out(300);
  scorer.violations(archs, out);
  const std::vector<double> values = scorer.constraint_values(archs);
  for (size_t i = 0; i < 300; ++i) CHECK((out[i] == 0) == (values[i] <= 4));
  CHECK(std::count(out.begin(), out.end(), 0.0) > 10);
  CHECK(std::count(out.begin(), out.end(), 0.0) < 290);
}

TEST_CASE("a value that is not finite names metric and arch; the first chunk's error wins") {
  const ToySpace space;
  const Problem problem{.space = space};
  const FunctionEstimator broken("accuracy", [](const Arch&) { return std::nan(""); });
  const std::vector<Arch> archs = samples(space, 200);
  CHECK(test::error_text<Error>([&] { Scorer(problem, backwards).values(broken, archs); }) ==
        "the estimator of accuracy gave nan for '" + space.print(archs[0]) + "'");
}

}  // namespace
}  // namespace tailor::search
